//! Names and values as people read them, in their language: what a program reads stands in `data.json`.

use domain::{ActKind, Locale, Registry, Timestamp};
use serde_json::{Map, Value};
use store::Record;

use crate::texts::{Language, Unit, country, language};

/// Fields whose values are words of ours. All others may be the customer's or an administrator's own, and stay.
const WORDS: [&str; 16] = [
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
    "device",
];

/// What ties the entries of the audit log to one another, by the record that has it: nothing to read for people, so
/// that the page leaves it out.
const FOR_PROGRAMS: [(&str, &str); 4] =
    [("act", "chain"), ("act", "number"), ("act", "previous_hash"), ("act", "hash")];

/// Whether the page leaves a field out.
pub(crate) fn is_for_programs(within: &str, name: &str) -> bool {
    FOR_PROGRAMS.contains(&(within, name))
}

/// Who reads, in which language, and what the deployment's own words are called in it.
pub(crate) struct Reader<'a> {
    locale: Locale,
    texts: &'static Language,
    registry: &'a Registry,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(locale: Locale, registry: &'a Registry) -> Self {
        Self { locale, texts: language(locale), registry }
    }

    /// What is shown of a record: labels and values.
    pub(crate) fn fields(&self, record: &Record) -> Vec<(String, String)> {
        let kind = record.0.iter().find(|(name, _)| name == "record").and_then(|(_, kind)| kind.as_str());
        let kind = kind.unwrap_or_default();
        let shown = record.0.iter().filter(|(name, _)| !is_for_programs(kind, name));
        shown.filter_map(|(name, value)| Some((self.label(kind, name), self.value(name, value)?))).collect()
    }

    /// What a field is called within a record or value.
    fn label(&self, within: &str, name: &str) -> String {
        let known = self.texts.field(within, name).or_else(|| self.texts.word(name));
        known.map_or_else(|| name.replace('_', " "), str::to_owned)
    }

    /// A value as people read it; nothing, where there is nothing.
    fn value(&self, name: &str, value: &Value) -> Option<String> {
        self.lines(name, value, "\n")
    }

    /// A value, and how what it has within is set apart.
    fn lines(&self, name: &str, value: &Value, apart: &str) -> Option<String> {
        let texts = self.texts;
        match value {
            Value::Null => None,
            // The key of a passkey: nobody reads it, and nobody could do anything with it.
            Value::Object(_) if name == "credential" => Some(texts.technical.to_owned()),
            Value::Bool(yes) => Some(if *yes { texts.yes } else { texts.no }.to_owned()),
            Value::Number(number) => Some(self.second(name, number.as_i64()).unwrap_or_else(|| number.to_string())),
            Value::String(text) => {
                Some(self.said(name, text).or_else(|| self.moment(name, text)).unwrap_or_else(|| text.clone()))
            }
            Value::Array(values) => {
                let apart = if values.iter().any(Value::is_object) { apart } else { texts.comma };
                let all: Vec<_> = values.iter().filter_map(|value| self.lines(name, value, "; ")).collect();
                (!all.is_empty()).then(|| all.join(apart))
            }
            Value::Object(members) => self.members(name, members, apart),
        }
    }

    fn members(&self, within: &str, members: &Map<String, Value>, apart: &str) -> Option<String> {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by_key(|(name, _)| self.texts.place(within, name));
        let of = |(name, value): (&String, &Value)| {
            Some(format!("{}: {}", self.label(within, name), self.lines(name, value, "; ")?))
        };
        let all: Vec<_> = members.into_iter().filter_map(of).collect();
        (!all.is_empty()).then(|| all.join(apart))
    }

    /// A word of ours, or of the deployment's, in theirs.
    fn said(&self, name: &str, text: &str) -> Option<String> {
        match name {
            "purpose" => self.registry.find(text)?.purpose.text(self.locale).map(|(_, text)| text.title.clone()),
            "topics" => {
                let topic = self.registry.topics().iter().find(|topic| topic.key == text);
                topic.map(|topic| topic.title(self.locale).to_owned())
            }
            "data_categories" => self.texts.category(text).map(str::to_owned),
            "country" | "countries" | "jurisdiction" => country(self.locale, text).map(str::to_owned),
            "retention" => self.span(text),
            name if WORDS.contains(&name) => self.word(name, text),
            _ => None,
        }
    }

    fn word(&self, name: &str, text: &str) -> Option<String> {
        if let Some(kind) = (name == "kind").then(|| serde_json::from_value::<ActKind>(text.into()).ok()).flatten() {
            return Some((self.texts.act)(kind).to_owned());
        }
        match text.strip_prefix("service ").filter(|_| name == "actor") {
            Some(service) => Some(format!("{} {service}", self.texts.word("service")?)),
            None => self.texts.word(text).map(str::to_owned),
        }
    }

    /// A period of ISO 8601 in words: `P1Y6M` is a year and six months.
    fn span(&self, period: &str) -> Option<String> {
        let (mut parts, mut rest) = (Vec::new(), period.strip_prefix('P')?);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (count, after) = rest.split_at(digits);
            let mut letters = after.chars();
            parts.push((self.texts.span)(count.parse().ok()?, Unit::of(letters.next()?)?));
            rest = letters.as_str();
        }
        let (last, [comma, and]) = (parts.pop()?, self.texts.and);
        Some(if parts.is_empty() { last } else { format!("{}{and}{last}", parts.join(comma)) })
    }

    /// A moment, where the field is one: what somebody wrote themselves stays as they wrote it.
    fn moment(&self, name: &str, text: &str) -> Option<String> {
        let is_moment = ["at", "since", "until", "timestamp", "address_changes"].contains(&name)
            || ["_at", "_since", "_until", "_after"].iter().any(|end| name.ends_with(end));
        let at: Timestamp = text.parse().ok().filter(|_| is_moment)?;
        Some(domain::when(self.locale, at))
    }

    /// The one moment that stands in seconds, in a receipt.
    fn second(&self, name: &str, seconds: Option<i64>) -> Option<String> {
        let at = Timestamp::from_second(seconds.filter(|_| name == "iat")?).ok()?;
        Some(domain::when(self.locale, at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
            "notice": {"purpose": "newsletter", "version": 1, "language": "de", "title": "News", "text_sha256": "ab", "legal_basis": "consent",
                "data_categories": ["email"], "recipients": [{"name": "Mailhouse", "countries": ["DE"]}], "retention": "P1Y",
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

    /// The names of all members within a value, with what they stand within.
    fn names(within: &str, value: &Value, found: &mut Vec<(String, Vec<String>)>) {
        match value {
            Value::Object(members) => {
                found.push((within.to_owned(), members.keys().cloned().collect()));
                members.iter().for_each(|(name, value)| names(name, value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| names(within, value, found)),
            _ => {}
        }
    }

    fn registry() -> Registry {
        Registry::parse(include_str!("../../../config/purposes.json")).unwrap()
    }

    #[test]
    fn what_is_within_a_value_has_a_label_of_its_own_too() {
        let mut found = Vec::new();
        everything().iter().for_each(|(name, value)| names(name, value, &mut found));
        let schema: Value = serde_json::from_str(include_str!("../../../config/profile.schema.json")).unwrap();
        names("profile", &schema["properties"], &mut found);
        let of_schema = ["type", "minLength", "maxLength", "format", "additionalProperties", "properties", "pattern"];
        for (within, names) in found {
            for locale in Locale::ALL {
                let (texts, mut labels) = (language(locale), BTreeSet::new());
                for name in names.iter().filter(|name| !of_schema.contains(&name.as_str())) {
                    let label = texts.field(&within, name).or_else(|| texts.word(name));
                    let label = label.unwrap_or_else(|| panic!("{locale:?} has no label for {name}"));
                    assert!(labels.insert(label), "{locale:?} calls two members of {within} {label}");
                }
            }
        }
    }

    #[test]
    fn no_word_and_no_time_for_programs_is_left() {
        let registry = registry();
        for locale in Locale::ALL {
            for (name, of) in everything() {
                let shown = Reader::new(locale, &registry).value(name, &of).unwrap();
                let for_programs = [
                    "2027-01-15T",
                    ".123",
                    "partly_fulfilled",
                    "mailed_password",
                    "1800000000",
                    "double_opt_in",
                    "newsletter",
                    "P1Y",
                ];
                for left in for_programs {
                    assert!(!shown.contains(left), "{locale:?} {name}: {shown}");
                }
            }
        }
    }

    #[test]
    fn a_value_reads_like_a_sentence_of_its_language() {
        let registry = registry();
        let of = |locale, name, of: Value| Reader::new(locale, &registry).value(name, &of).unwrap();
        assert_eq!(of(Locale::De, "kind", json!("session.started")), "Angemeldet");
        assert_eq!(of(Locale::De, "at", json!(AT)), "15. Januar 2027, 08:00 Uhr (UTC)");
        assert_eq!(of(Locale::Fr, "actor", json!("service billing")), "service billing");
        assert_eq!(of(Locale::Es, "actor", json!("service billing")), "servicio billing");
        assert_eq!(of(Locale::En, "extension", json!({"at": AT})), "When: 15 January 2027, 08:00 UTC");
        assert_eq!(of(Locale::De, "channels", json!({"email": true, "sms": false})), "E-Mail: ja\nSMS: nein");
        assert_eq!(of(Locale::De, "purpose", json!("partner_offers")), "Angebote unserer Partner");
        assert_eq!(of(Locale::Ar, "topics", json!(["news", "tips"])), "الأخبار، نصائح");
        assert_eq!(of(Locale::Fr, "data_categories", json!(["email address", "blood"])), "adresse e-mail, blood");
        let recipients = json!([{"name": "Mailhouse", "countries": ["DE", "US", "XX"]}]);
        assert_eq!(
            of(Locale::De, "recipients", recipients),
            "Name: Mailhouse; Länder: Deutschland, Vereinigte Staaten, XX"
        );
        // What people wrote is theirs, and what the registry no longer has keeps its name.
        assert_eq!(of(Locale::De, "reason", json!("access")), "access");
        assert_eq!(of(Locale::De, "note", json!(AT)), AT);
        assert_eq!(of(Locale::De, "purpose", json!("raffle")), "raffle");
    }

    #[test]
    fn a_period_is_counted_as_its_language_counts() {
        let registry = registry();
        let of = |locale, period: &str| Reader::new(locale, &registry).value("retention", &json!(period)).unwrap();
        for (period, in_each) in [
            ("P1D", ["1 day", "1 Tag", "1 jour", "1 día", "يوم واحد"]),
            ("P2D", ["2 days", "2 Tage", "2 jours", "2 días", "يومان"]),
            ("P30D", ["30 days", "30 Tage", "30 jours", "30 días", "30 يومًا"]),
            ("P1Y", ["1 year", "1 Jahr", "1 an", "1 año", "سنة واحدة"]),
            ("P10Y", ["10 years", "10 Jahre", "10 ans", "10 años", "10 سنوات"]),
            ("P100W", ["100 weeks", "100 Wochen", "100 semaines", "100 semanas", "100 أسبوع"]),
            ("P0D", ["0 days", "0 Tage", "0 jour", "0 días", "0 يوم"]),
            (
                "P1Y6M",
                [
                    "1 year and 6 months",
                    "1 Jahr und 6 Monate",
                    "1 an et 6 mois",
                    "1 año y 6 meses",
                    "سنة واحدة و6 أشهر",
                ],
            ),
            (
                "P2Y1M3D",
                [
                    "2 years, 1 month and 3 days",
                    "2 Jahre, 1 Monat und 3 Tage",
                    "2 ans, 1 mois et 3 jours",
                    "2 años, 1 mes y 3 días",
                    "سنتان وشهر واحد و3 أيام",
                ],
            ),
        ] {
            assert_eq!(Locale::ALL.map(|locale| of(locale, period)), in_each, "{period}");
        }
        for none in ["P", "", "P1", "PT5M", "P1X", "1D", "P99999999999D", "as long as it takes"] {
            assert_eq!(of(Locale::En, none), none);
        }
    }

    #[test]
    fn what_ties_entries_of_the_log_together_is_left_to_programs() {
        let act = json!({"record": "act", "kind": "session.started", "chain": "CHAIN#00", "number": 7,
            "previous_hash": "pppp", "hash": "hhhh"});
        let act = Record(act.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect());
        let shown: BTreeSet<_> = Reader::new(Locale::En, &registry()).fields(&act).into_iter().collect();
        let wanted = [("Part", "what was done"), ("What", "Signed in")];
        assert_eq!(shown, wanted.map(|(label, value)| (label.to_owned(), value.to_owned())).into());
        let factor = Record(vec![("record".into(), "factor".into()), ("number".into(), "+49".into())]);
        let shown = Reader::new(Locale::De, &registry()).fields(&factor);
        assert_eq!(shown.last().unwrap(), &("Telefonnummer".to_owned(), "+49".to_owned()));
    }
}
