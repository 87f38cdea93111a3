//! Names and values as people read them, in their language: what a program reads stands in `data.json`.

use domain::{ActKind, Locale, Timestamp};
use serde_json::{Map, Value};

use crate::texts::{Language, language};

/// Fields whose values are words of ours. All others may be the customer's or an administrator's own, and stay.
const WORDS: [&str; 15] = [
    "record",
    "kind",
    "actor",
    "status",
    "status_before",
    "outcome",
    "decision",
    "source",
    "method",
    "proof",
    "law",
    "frequency",
    "asked_by",
    "legal_basis",
    "language",
];

/// What a field is called.
pub(crate) fn label(locale: Locale, name: &str) -> String {
    let texts = language(locale);
    texts.field(name).or_else(|| texts.word(name)).map_or_else(|| name.replace('_', " "), str::to_owned)
}

/// A value as people read it; nothing, where there is nothing.
pub(crate) fn value(locale: Locale, name: &str, value: &Value) -> Option<String> {
    lines(locale, name, value, "\n")
}

/// A value, and how what it has within is set apart.
fn lines(locale: Locale, name: &str, value: &Value, apart: &str) -> Option<String> {
    let texts = language(locale);
    match value {
        Value::Null => None,
        // The key of a passkey: nobody reads it, and nobody could do anything with it.
        Value::Object(_) if name == "credential" => Some(texts.technical.to_owned()),
        Value::Bool(yes) => Some(if *yes { texts.yes } else { texts.no }.to_owned()),
        Value::Number(number) => Some(second(locale, name, number.as_i64()).unwrap_or_else(|| number.to_string())),
        Value::String(text) => {
            Some(said(texts, name, text).or_else(|| moment(locale, name, text)).unwrap_or_else(|| text.clone()))
        }
        Value::Array(values) => {
            let apart = if values.iter().any(Value::is_object) { apart } else { ", " };
            let all: Vec<_> = values.iter().filter_map(|value| lines(locale, name, value, "; ")).collect();
            (!all.is_empty()).then(|| all.join(apart))
        }
        Value::Object(members) => members_of(locale, members, apart),
    }
}

fn members_of(locale: Locale, members: &Map<String, Value>, apart: &str) -> Option<String> {
    let of = |(name, value): (&String, &Value)| {
        Some(format!("{}: {}", label(locale, name), lines(locale, name, value, "; ")?))
    };
    let all: Vec<_> = members.iter().filter_map(of).collect();
    (!all.is_empty()).then(|| all.join(apart))
}

/// A word of ours in theirs.
fn said(texts: &Language, name: &str, text: &str) -> Option<String> {
    if !WORDS.contains(&name) {
        return None;
    }
    if let Some(kind) = (name == "kind").then(|| serde_json::from_value::<ActKind>(text.into()).ok()).flatten() {
        return Some((texts.act)(kind).to_owned());
    }
    match text.strip_prefix("service ").filter(|_| name == "actor") {
        Some(service) => Some(format!("{} {service}", texts.word("service")?)),
        None => texts.word(text).map(str::to_owned),
    }
}

/// A moment, where the field is one: what somebody wrote themselves stays as they wrote it.
fn moment(locale: Locale, name: &str, text: &str) -> Option<String> {
    let is_moment = ["at", "since", "until", "timestamp", "address_changes"].contains(&name)
        || ["_at", "_since", "_until", "_after"].iter().any(|end| name.ends_with(end));
    let at: Timestamp = text.parse().ok().filter(|_| is_moment)?;
    Some(domain::when(locale, at))
}

/// The one moment that stands in seconds, in a receipt.
fn second(locale: Locale, name: &str, seconds: Option<i64>) -> Option<String> {
    let at = Timestamp::from_second(seconds.filter(|_| name == "iat")?).ok()?;
    Some(domain::when(locale, at))
}

#[cfg(test)]
mod tests {
    use domain::{
        DecisionId, Dsar, DsarClosing, DsarExtension, DsarKind, DsarOutcome, HandedOver, Law, Preferences, Proof,
        Proofs, QuietHours, Status,
    };
    use serde_json::json;

    use super::*;

    const AT: &str = "2027-01-15T08:00:00.123Z";

    /// Something of everything that is stored as JSON.
    fn everything() -> Vec<(&'static str, Value)> {
        let at: Timestamp = AT.parse().unwrap();
        let request = Dsar {
            kind: DsarKind::Access,
            law: Law::Gdpr,
            received_at: at,
            recorded_at: at,
            identified_by: "Passport".into(),
            extension: Some(DsarExtension { at, reason: "Many systems".into() }),
            handed_over: vec![HandedOver { at, bytes: 1, sha256: "ab".into() }],
            closing: Some(DsarClosing { at, outcome: DsarOutcome::PartlyFulfilled, note: Some("On a stick".into()) }),
        };
        let quiet = QuietHours { from: "22:00".into(), to: "07:00".into(), zone: "Europe/Berlin".into() };
        let preferences = Preferences { quiet_hours: Some(quiet), ..Preferences::default() };
        let proofs = Proofs::of(Proof::MailedPassword, at).and(Proof::Passkey { verified: true, synced: false }, at);
        let receipt = json!({"iss": "https://id.example", "jti": DecisionId::from_bytes([1; 16]), "sub": domain::CustomerId::from_bytes([2; 16]),
            "iat": 1_800_000_000, "schema_version": "1", "timestamp": AT, "pii_controller": {"name": "Shop", "url": "https://id.example"},
            "decision": "granted", "method": "double_opt_in",
            "notice": {"purpose": "news", "version": 1, "language": "de", "title": "News", "text_sha256": "ab", "legal_basis": "consent",
                "data_categories": ["email"], "recipients": [{"name": "Mailhouse", "countries": ["DE"]}], "retention": "A year",
                "policy_url": "https://shop.example"}});
        serde_json::from_value::<domain::Receipt>(receipt.clone()).unwrap();
        let grant = json!({"parent": domain::SessionId::from_bytes([3; 16]), "scope": ["openid", "email"], "resource": ["https://shop.example"],
            "claims": {"id_token": {"email": {"essential": true, "value": "a", "values": ["b"]}}, "userinfo": {"address": {"essential": false}}},
            "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"});
        serde_json::from_value::<store::Grant>(grant.clone()).unwrap();
        vec![
            ("request", json!(request)),
            ("preferences", json!(preferences)),
            ("proofs", json!(proofs)),
            ("receipt", receipt),
            ("grant", grant),
            (
                "status",
                json!([
                    Status::Active,
                    Status::Locked { until: at },
                    Status::ErasurePending { until: at },
                    Status::Erasing,
                    Status::Closed
                ]),
            ),
        ]
    }

    /// All names within a value, and all words of ours.
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                found.push(name.clone());
                names(value, found);
            }),
            Value::Array(values) => values.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }

    #[test]
    fn what_is_within_a_value_has_a_label_too() {
        let mut found = Vec::new();
        everything().iter().for_each(|(_, value)| names(value, &mut found));
        let schema: Value = serde_json::from_str(include_str!("../../../config/profile.schema.json")).unwrap();
        names(&schema["properties"], &mut found);
        let of_schema = ["type", "minLength", "maxLength", "format", "additionalProperties", "properties", "pattern"];
        for name in found.iter().filter(|name| !of_schema.contains(&name.as_str())) {
            for locale in Locale::ALL {
                let texts = language(locale);
                assert!(texts.field(name).or_else(|| texts.word(name)).is_some(), "{locale:?} has no label for {name}");
            }
        }
    }

    #[test]
    fn no_word_and_no_time_for_programs_is_left() {
        for locale in Locale::ALL {
            for (name, of) in everything() {
                let shown = value(locale, name, &of).unwrap();
                let for_programs =
                    ["2027-01-15T", ".123", "partly_fulfilled", "mailed_password", "1800000000", "double_opt_in"];
                for left in for_programs {
                    assert!(!shown.contains(left), "{locale:?} {name}: {shown}");
                }
            }
        }
    }

    #[test]
    fn a_value_reads_like_a_sentence_of_its_language() {
        let of = |locale, name, of: Value| value(locale, name, &of).unwrap();
        assert_eq!(of(Locale::De, "kind", json!("session.started")), "Angemeldet");
        assert_eq!(of(Locale::De, "at", json!(AT)), "15. Januar 2027, 08:00 Uhr (UTC)");
        assert_eq!(of(Locale::Fr, "actor", json!("service billing")), "service billing");
        assert_eq!(of(Locale::Es, "actor", json!("service billing")), "servicio billing");
        assert_eq!(of(Locale::En, "extension", json!({"at": AT})), "When: 15 January 2027, 08:00 UTC");
        // What people wrote is theirs.
        assert_eq!(of(Locale::De, "reason", json!("access")), "access");
        assert_eq!(of(Locale::De, "note", json!(AT)), AT);
    }
}
