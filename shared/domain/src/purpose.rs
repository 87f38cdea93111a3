//! Purposes: what personal data is used for, and on what ground. Each has versions that never change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::consent::Shown;
use crate::{FieldError, Locale, digest, unprintable};

/// The ground on which data is used (GDPR Article 6 (1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LegalBasis {
    /// (a): the customer agrees.
    Consent,
    /// (b): a contract with them needs it.
    Contract,
    /// (c): a law demands it.
    LegalObligation,
    /// (d): somebody's life depends on it.
    VitalInterests,
    /// (e): a task in the public interest needs it.
    PublicTask,
    /// (f): interests of the controller's that weigh more.
    LegitimateInterests,
}

/// What people read of a purpose, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurposeText {
    /// Its name.
    #[schema(min_length = 1, max_length = 100, example = "Newsletter")]
    pub title: String,
    /// What is done, with what, and what for.
    #[schema(min_length = 1, max_length = 2000, example = "We write to you about new products, once a month.")]
    pub description: String,
}

/// Somebody whom data is given to, and where they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DataRecipient)]
pub struct DataRecipient {
    /// Who.
    #[schema(min_length = 1, max_length = 100, example = "Mailhouse Ltd")]
    pub name: String,
    /// In which countries (ISO 3166-1 alpha-2).
    #[serde(default)]
    #[schema(example = json!(["DE"]))]
    pub countries: Vec<String>,
}

/// One version of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its name for programs.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9_.-]*$", example = "newsletter")]
    pub key: String,
    /// Which version this is, from 1.
    #[schema(minimum = 1, example = 1)]
    pub version: u32,
    /// What people read, by language.
    #[schema(value_type = BTreeMap<String, PurposeText>, example = json!({"en": {"title": "Newsletter", "description": "News, once a month."}}))]
    pub texts: BTreeMap<Locale, PurposeText>,
    /// On what ground.
    pub legal_basis: LegalBasis,
    /// Which kinds of data.
    #[schema(example = json!(["email address"]))]
    pub data_categories: Vec<String>,
    /// Whom they are given to.
    #[serde(default)]
    pub recipients: Vec<DataRecipient>,
    /// How long they are kept once the purpose has ended or consent is withdrawn: an ISO 8601 period.
    #[schema(pattern = "^P([0-9]+[YMWD])+$", example = "P2Y")]
    pub retention: String,
    /// Whether it comes with the account: it is shown, and nobody is asked.
    #[serde(default)]
    pub required: bool,
    /// Whether it is on unless somebody says no: never (GDPR Article 25 (2)). Only `false` is accepted.
    #[serde(default)]
    pub default: bool,
    /// Who is younger can't agree to it, and nor can whose birthdate is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 120, example = 16)]
    pub minimum_age: Option<u8>,
    /// Whether this version asks everybody again who agreed to an earlier one.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub asks_again: bool,
    /// Whether consent counts only once the button behind a mailed link was pressed.
    #[serde(default)]
    pub double_opt_in: bool,
    /// Whether data is sold or shared in the sense of the CCPA: `Sec-GPC` opts out of it.
    #[serde(default)]
    pub sale_or_sharing: bool,
    /// Where all of it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri", max_length = 512, example = "https://shop.example/privacy")]
    pub policy_url: Option<String>,
}

fn yes() -> bool {
    true
}

impl Purpose {
    /// The most that one version may take, in bytes of JSON.
    pub const MAX_BYTES: usize = 8 * 1024;
    /// No purpose can have this key: it is the name of a route beside it.
    const RESERVED: &str = "history";

    /// Whether a text has the form of a key.
    pub fn is_key(text: &str) -> bool {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (1..=64).contains(&text.len())
            && text != Self::RESERVED
            && text.bytes().next().is_some_and(allowed)
            && text.bytes().all(|b| allowed(b) || b"-_.".contains(&b))
    }

    /// Its text in this language, or else in English, or in whichever it has.
    pub fn text(&self, locale: Locale) -> Option<(Locale, &PurposeText)> {
        let of = |locale| self.texts.get_key_value(&locale);
        of(locale).or_else(|| of(Locale::En)).or_else(|| self.texts.iter().next()).map(|(l, text)| (*l, text))
    }

    /// What somebody is shown who decides on it in this language.
    pub fn shown(&self, locale: Locale) -> Shown {
        let empty = PurposeText { title: String::new(), description: String::new() };
        let (language, text) = self.text(locale).unwrap_or((locale, &empty));
        Shown {
            purpose: self.key.clone(),
            version: self.version,
            language,
            title: text.title.clone(),
            text_sha256: text.sha256(),
            legal_basis: self.legal_basis,
            data_categories: self.data_categories.clone(),
            recipients: self.recipients.clone(),
            retention: self.retention.clone(),
            policy_url: self.policy_url.clone(),
        }
    }

    /// What is wrong with it, each with a pointer into its JSON.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |at: &str, code: &str, why: &str| errors.push(FieldError::new(at, code, why));
        if !Self::is_key(&self.key) {
            wrong("/key", "purpose", "is not made of lower-case letters, digits and -_. or is reserved");
        }
        if self.version == 0 {
            wrong("/version", "value", "begins at 1");
        }
        if self.texts.is_empty() || !self.texts.values().all(PurposeText::is_good) {
            wrong("/texts", "invalid", "has no text, or one without title or description, or one that is too long");
        }
        if self.data_categories.is_empty() || !short(&self.data_categories) {
            wrong("/data_categories", "invalid", "names none, too many, or one with an impossible name");
        }
        if self.recipients.len() > 20 || !self.recipients.iter().all(DataRecipient::is_good) {
            wrong("/recipients", "invalid", "has too many, one without a name, or one in no country of ISO 3166-1");
        }
        if !is_period(&self.retention) {
            wrong("/retention", "invalid", "is no period of ISO 8601, such as P2Y");
        }
        if self.default {
            wrong("/default", "default_on", "is on by default, which nothing may be");
        }
        if self.minimum_age.is_some_and(|age| !(1..=120).contains(&age)) {
            wrong("/minimum_age", "value", "is not between 1 and 120");
        }
        if self.required && self.legal_basis == LegalBasis::Consent {
            wrong("/legal_basis", "not_free", "is consent, which is not free where it is required");
        }
        if self.required && (self.double_opt_in || self.sale_or_sharing || self.minimum_age.is_some()) {
            wrong("/required", "not_asked", "asks nobody, so nobody can confirm it, opt out of it, or be too young");
        }
        if self.policy_url.as_deref().is_some_and(|url| !is_page(url)) {
            wrong("/policy_url", "invalid", "is not an https: address");
        }
        if serde_json::to_string(self).is_ok_and(|json| json.len() > Self::MAX_BYTES) {
            wrong("", "too_large", "is larger than a purpose may be");
        }
        errors
    }
}

impl PurposeText {
    /// The digest of what was read, in hex: SHA-256 over title, an empty line, and description.
    pub fn sha256(&self) -> String {
        let read = format!("{}\n\n{}", self.title, self.description);
        digest(read.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn is_good(&self) -> bool {
        is_line(&self.title, 100)
            && (1..=2000).contains(&self.description.chars().count())
            && !self.description.chars().any(|c| unprintable(c) && c != '\n')
    }
}

impl DataRecipient {
    fn is_good(&self) -> bool {
        let is_country = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        is_line(&self.name, 100) && self.countries.len() <= 60 && self.countries.iter().all(is_country)
    }
}

fn short(names: &[String]) -> bool {
    names.len() <= 40 && names.iter().all(|name| is_line(name, 64))
}

/// One line of text that says something.
pub(crate) fn is_line(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(unprintable)
}

/// Years, months, weeks and days.
fn is_period(text: &str) -> bool {
    let Some(mut rest) = text.strip_prefix('P') else { return false };
    let mut units = "YMWD".chars();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let Some(unit) = after.chars().next() else { return false };
        // In this order, and each once at most.
        if !(1..=5).contains(&number.len()) || !units.by_ref().any(|known| known == unit) {
            return false;
        }
        rest = after.get(1..).unwrap_or_default();
    }
    text.len() > 1
}

fn is_page(url: &str) -> bool {
    let plain = url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"'));
    url.len() > "https://".len() && url.starts_with("https://") && plain && url.len() <= 512
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// A purpose that is good.
    pub(crate) fn newsletter() -> Purpose {
        serde_json::from_value(json!({
            "key": "newsletter", "version": 1, "legal_basis": "consent", "retention": "P30D",
            "texts": {"en": {"title": "News", "description": "Once a month."},
                "de": {"title": "Neues", "description": "Einmal im Monat."}},
            "data_categories": ["email address"], "recipients": [{"name": "Mailhouse", "countries": ["DE"]}]
        }))
        .unwrap()
    }

    #[test]
    fn a_good_purpose_is_off_asks_again_and_is_read_in_ones_own_language() {
        let purpose = newsletter();
        assert!(purpose.check().is_empty() && !purpose.default && !purpose.required && purpose.asks_again);
        assert_eq!(purpose.text(Locale::De).unwrap().1.title, "Neues");
        assert_eq!(purpose.text(Locale::Ar).unwrap().0, Locale::En);
        let (en, de) = (purpose.shown(Locale::Fr), purpose.shown(Locale::De));
        assert_eq!((en.language, de.language), (Locale::En, Locale::De));
        assert_ne!(en.text_sha256, de.text_sha256);
        assert_eq!(en.text_sha256.len(), 64);
    }

    #[test]
    fn what_a_purpose_may_not_be_is_said_of_its_field() {
        type Change = fn(&mut Purpose);
        let wrong: [(&str, &str, Change); 15] = [
            ("/key", "purpose", |p| p.key = "History".into()),
            ("/key", "purpose", |p| p.key = "history".into()),
            ("/version", "value", |p| p.version = 0),
            ("/texts", "invalid", |p| p.texts.clear()),
            ("/texts", "invalid", |p| p.texts.get_mut(&Locale::En).unwrap().title = "a\nb".into()),
            ("/data_categories", "invalid", |p| p.data_categories.clear()),
            ("/recipients", "invalid", |p| p.recipients[0].countries = vec!["Germany".into()]),
            ("/retention", "invalid", |p| p.retention = "two years".into()),
            ("/retention", "invalid", |p| p.retention = "P".into()),
            ("/retention", "invalid", |p| p.retention = "P1D2Y".into()),
            ("/default", "default_on", |p| p.default = true),
            ("/minimum_age", "value", |p| p.minimum_age = Some(0)),
            ("/legal_basis", "not_free", |p| p.required = true),
            ("/policy_url", "invalid", |p| p.policy_url = Some("javascript:alert(1)".into())),
            ("", "too_large", |p| p.texts.get_mut(&Locale::En).unwrap().description = "🦀".repeat(2_000)),
        ];
        for (pointer, code, change) in wrong {
            let mut purpose = newsletter();
            change(&mut purpose);
            if pointer.is_empty() {
                purpose.texts.insert(Locale::Fr, purpose.texts[&Locale::En].clone());
            }
            let found: Vec<_> = purpose.check().into_iter().map(|e| (e.pointer, e.code)).collect();
            assert_eq!(found, [(pointer.to_owned(), code.to_owned())]);
        }
        let (mut terms, mut period) = (newsletter(), newsletter());
        (terms.required, terms.legal_basis) = (true, LegalBasis::Contract);
        period.retention = "P1Y6M2W3D".into();
        assert!(terms.check().is_empty() && period.check().is_empty());
        terms.sale_or_sharing = true;
        assert_eq!(terms.check()[0].code, "not_asked");
    }
}
