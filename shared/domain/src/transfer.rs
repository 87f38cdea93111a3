//! Where a customer's data may go: the one gate through which it leaves.
//!
//! Each customer has a [`Jurisdiction`]; a table (`config/transfers.json`) says to whom and to which
//! countries data of somebody of that jurisdiction may go, and on what ground. [`Transfers::allow`]
//! is the only maker of a [`Permit`], and what sends takes one: nothing leaves past the table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::{ConfigError, Settings, Timestamp};

/// The table that is built in.
const TABLE: &str = include_str!("../../../config/transfers.json");

/// Whose law protects a customer: an ISO 3166-1 country (`DE`), or a group of the table (`EU`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Jurisdiction(String);

impl Jurisdiction {
    /// The jurisdiction that this text names: upper-case letters, at least two and at most twelve.
    pub fn parse(text: &str) -> Option<Self> {
        let is_code = (2..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase());
        is_code.then(|| Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Jurisdiction {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a jurisdiction such as DE"))
    }
}

/// Somebody to whom data goes, as a type: a permit for one is none for another.
pub trait Carrier: Send + Sync + 'static {
    /// As the table names it.
    const KEY: &'static str;
}

/// Whoever carries mail.
#[derive(Clone, Copy, Debug)]
pub struct Ses;

/// Whoever carries SMS.
#[derive(Clone, Copy, Debug)]
pub struct Sns;

/// The apps that customers sign in to, where they are told of a logout.
#[derive(Clone, Copy, Debug)]
pub struct RelyingParty;

impl Carrier for Ses {
    const KEY: &'static str = "ses";
}

impl Carrier for Sns {
    const KEY: &'static str = "sns";
}

impl Carrier for RelyingParty {
    const KEY: &'static str = "relying_parties";
}

/// Why a transfer is lawful. (Consent is none of these: the gate doesn't know what a customer agreed to.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// It stays in the jurisdiction.
    Domestic,
    /// It stays where the same law holds (GDPR Article 1(3)).
    FreeMovement,
    /// The country's protection was found adequate (GDPR Article 45, or its like).
    Adequacy,
    /// Standard contractual clauses with the recipient (GDPR Article 46(2)(c)).
    StandardClauses,
    /// Binding corporate rules (GDPR Article 47).
    BindingRules,
    /// What the customer asked for can't be done without it (GDPR Article 49(1)(b)).
    Contract,
    /// The jurisdiction's law asks for none.
    Unrestricted,
}

/// That something may be sent to `R`, once. Only [`Transfers::allow`] makes one.
///
/// ```compile_fail
/// let permit = domain::Permit::<domain::Ses> { ground: domain::Ground::Domestic, of: Default::default() };
/// ```
#[derive(Debug)]
#[must_use = "a permit that is not used sends nothing"]
pub struct Permit<R> {
    ground: Ground,
    of: PhantomData<R>,
}

impl<R> Permit<R> {
    /// On what ground.
    pub fn ground(&self) -> Ground {
        self.ground
    }
}

/// The table has no ground for this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no ground for {recipient} in {country} to get data of somebody of {jurisdiction}")]
pub struct TransferRefused {
    /// Whose law protects the customer.
    pub jurisdiction: Jurisdiction,
    /// Who would have got it.
    pub recipient: &'static str,
    /// Where.
    pub country: Jurisdiction,
}

/// Somebody to whom data goes, as the table describes them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientOfData {
    /// Their name.
    pub name: String,
    /// Controller or processor.
    pub role: String,
    /// What they get.
    pub sends: Vec<String>,
    /// Where they are; the country of the deployment's region where it is left out.
    #[serde(default)]
    pub country: Option<Jurisdiction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    recipients: BTreeMap<String, RecipientOfData>,
    groups: BTreeMap<Jurisdiction, Vec<Jurisdiction>>,
    rules: Vec<Rule>,
}

/// Who may send whom what, from where to where.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Jurisdictions, groups, or `*`.
    from: Vec<String>,
    /// Countries, groups, or `*`.
    to: Vec<String>,
    /// To whom; everybody in the table where it is left out.
    #[serde(default)]
    recipients: Option<Vec<String>>,
    ground: Ground,
    /// Where the ground is written down: for whoever reviews the table.
    #[serde(rename = "basis")]
    _basis: String,
    #[serde(default)]
    since: Option<Timestamp>,
    #[serde(default)]
    until: Option<Timestamp>,
}

/// The deployment's table of transfers.
#[derive(Clone, Debug)]
pub struct Transfers {
    table: Table,
    default: Jurisdiction,
}

impl Transfers {
    /// Reads `TRANSFERS` (the table; `config/transfers.json` where it is not set), `JURISDICTION`
    /// (of customers who have none of their own; the region's country where it is not set) and
    /// `AWS_REGION`.
    ///
    /// # Errors
    /// When the table can't be used, or says of somebody neither where they are nor can the region.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let wrong = |why: &str| ConfigError::new("TRANSFERS", why);
        let mut table: Table = serde_json::from_str(settings.text("TRANSFERS").unwrap_or(TABLE))
            .map_err(|error| ConfigError::new("TRANSFERS", error))?;
        let here = country_of_region(settings.text("AWS_REGION").unwrap_or_default());
        for recipient in table.recipients.values_mut() {
            let country = recipient.country.take().or_else(|| here.clone());
            recipient.country = Some(country.ok_or_else(|| wrong("does not say where a recipient is"))?);
        }
        for key in [Ses::KEY, Sns::KEY, RelyingParty::KEY] {
            if !table.recipients.contains_key(key) {
                return Err(ConfigError::new("TRANSFERS", format!("does not name {key}")));
            }
        }
        let unknown = |name: &String| name != "*" && !is_known(&table, name);
        if table.rules.iter().any(|rule| rule.from.iter().chain(&rule.to).any(unknown))
            || table.groups.values().flatten().any(|member| !is_country(member.as_str()))
            || table.recipients.values().flat_map(|of| &of.country).any(|of| !is_country(of.as_str()))
        {
            return Err(wrong("names a place that is neither a country nor one of its groups"));
        }
        let named = table.rules.iter().filter_map(|rule| rule.recipients.as_ref()).flatten();
        if named.into_iter().any(|key| !table.recipients.contains_key(key)) {
            return Err(wrong("has a rule for a recipient that it does not name"));
        }
        let default = match settings.text("JURISDICTION") {
            Some(text) => Jurisdiction::parse(text).filter(|of| is_known(&table, of.as_str())),
            None => here,
        };
        let default =
            default.ok_or_else(|| ConfigError::new("JURISDICTION", "is no country, and none of the groups"))?;
        Ok(Self { table, default })
    }

    /// Whether data of somebody of this jurisdiction may go to `R` now. `None` is a customer without a
    /// jurisdiction of their own, who has the deployment's.
    ///
    /// # Errors
    /// When the table has no ground for it.
    pub fn allow<R: Carrier>(
        &self,
        whose: Option<&Jurisdiction>,
        now: Timestamp,
    ) -> Result<Permit<R>, TransferRefused> {
        let jurisdiction = whose.unwrap_or(&self.default);
        let country = self.table.recipients.get(R::KEY).and_then(|of| of.country.clone());
        // Every table names everybody who is a type.
        let country = country.unwrap_or_else(|| Jurisdiction("NOWHERE".to_owned()));
        match self.ground(jurisdiction, R::KEY, &country, now) {
            Some(ground) => Ok(Permit { ground, of: PhantomData }),
            None => Err(TransferRefused { jurisdiction: jurisdiction.clone(), recipient: R::KEY, country }),
        }
    }

    fn ground(&self, from: &Jurisdiction, recipient: &str, to: &Jurisdiction, now: Timestamp) -> Option<Ground> {
        if self.covers(from.as_str(), to) {
            return Some(Ground::Domestic);
        }
        let holds = |rule: &&Rule| {
            rule.from.iter().any(|name| self.covers(name, from))
                && rule.to.iter().any(|name| self.covers(name, to))
                && rule.recipients.as_ref().is_none_or(|list| list.iter().any(|key| key == recipient))
                && rule.since.is_none_or(|since| since <= now)
                && rule.until.is_none_or(|until| now < until)
        };
        self.table.rules.iter().find(holds).map(|rule| rule.ground)
    }

    /// Whether a name of the table is this place, or a group that holds it (whole, if it is a group itself).
    fn covers(&self, name: &str, place: &Jurisdiction) -> bool {
        let members = |of: &str| self.table.groups.iter().find(|(group, _)| group.as_str() == of).map(|(_, all)| all);
        if name == "*" || name == place.as_str() {
            return true;
        }
        let Some(group) = members(name) else { return false };
        match members(place.as_str()) {
            Some(inner) => inner.iter().all(|member| group.contains(member)),
            None => group.contains(place),
        }
    }

    /// The jurisdiction of customers who have none of their own.
    pub fn default_jurisdiction(&self) -> &Jurisdiction {
        &self.default
    }

    /// Whether it is a country, or a group of the table.
    pub fn knows(&self, jurisdiction: &Jurisdiction) -> bool {
        is_known(&self.table, jurisdiction.as_str())
    }

    /// Everybody to whom data goes, by key.
    pub fn recipients(&self) -> impl Iterator<Item = (&str, &RecipientOfData)> {
        self.table.recipients.iter().map(|(key, recipient)| (key.as_str(), recipient))
    }
}

fn is_known(table: &Table, name: &str) -> bool {
    is_country(name) || table.groups.keys().any(|group| group.as_str() == name)
}

/// The countries of ISO 3166-1.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ \
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
    PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The countries of ISO 3166-1, by their codes.
pub fn countries() -> impl Iterator<Item = &'static str> {
    COUNTRIES.split(' ')
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && countries().any(|known| known == code)
}

/// The country of an AWS region.
fn country_of_region(region: &str) -> Option<Jurisdiction> {
    const REGIONS: [(&str, &str); 32] = [
        ("us-", "US"),
        ("ca-", "CA"),
        ("mx-", "MX"),
        ("sa-east-1", "BR"),
        ("eu-west-1", "IE"),
        ("eu-west-2", "GB"),
        ("eu-west-3", "FR"),
        ("eu-central-1", "DE"),
        ("eu-central-2", "CH"),
        ("eu-north-1", "SE"),
        ("eu-south-1", "IT"),
        ("eu-south-2", "ES"),
        ("eusc-de-", "DE"),
        ("il-", "IL"),
        ("me-south-1", "BH"),
        ("me-central-1", "AE"),
        ("af-south-1", "ZA"),
        ("ap-northeast-1", "JP"),
        ("ap-northeast-2", "KR"),
        ("ap-northeast-3", "JP"),
        ("ap-southeast-1", "SG"),
        ("ap-southeast-2", "AU"),
        ("ap-southeast-3", "ID"),
        ("ap-southeast-4", "AU"),
        ("ap-southeast-5", "MY"),
        ("ap-southeast-6", "NZ"),
        ("ap-southeast-7", "TH"),
        ("ap-east-1", "HK"),
        ("ap-east-2", "TW"),
        ("ap-south-1", "IN"),
        ("ap-south-2", "IN"),
        ("cn-", "CN"),
    ];
    let fits = |name: &str| if name.ends_with('-') { region.starts_with(name) } else { region == name };
    REGIONS.iter().find(|(name, _)| fits(name)).map(|(_, country)| Jurisdiction((*country).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfers(settings: &[(&str, &str)]) -> Result<Transfers, ConfigError> {
        Transfers::read(&Settings::new(settings.iter().copied()))
    }

    fn ground(transfers: &Transfers, whose: &str) -> Option<Ground> {
        let whose = Jurisdiction::parse(whose).unwrap();
        let permit = transfers.allow::<Ses>(Some(&whose), Timestamp::UNIX_EPOCH).ok();
        permit.map(|permit| permit.ground())
    }

    #[test]
    fn the_built_in_table_knows_where_the_deployment_is() {
        let here = |region| transfers(&[("AWS_REGION", region)]).unwrap();
        let frankfurt = here("eu-central-1");
        assert_eq!(frankfurt.default_jurisdiction().as_str(), "DE");
        assert_eq!(ground(&frankfurt, "DE"), Some(Ground::Domestic));
        assert_eq!(ground(&frankfurt, "EU"), Some(Ground::Domestic));
        assert_eq!(ground(&frankfurt, "FR"), Some(Ground::FreeMovement));
        assert_eq!(ground(&frankfurt, "US"), Some(Ground::Unrestricted));
        assert_eq!(ground(&here("ap-northeast-1"), "FR"), Some(Ground::Adequacy));
        assert_eq!(ground(&here("ap-south-1"), "FR"), None);
        assert_eq!(ground(&frankfurt, "RU"), None, "what the table does not name is refused");
        assert!(transfers(&[("AWS_REGION", "moon-1")]).is_err());
        assert!(frankfurt.allow::<Sns>(None, Timestamp::UNIX_EPOCH).is_ok());
    }

    #[test]
    fn a_rule_holds_for_its_recipients_and_in_its_time() {
        let table = r#"{
            "recipients": {
                "ses": {"name": "A", "role": "processor", "sends": [], "country": "US"},
                "sns": {"name": "A", "role": "processor", "sends": []},
                "relying_parties": {"name": "A", "role": "controller", "sends": []}},
            "groups": {"EU": ["DE", "FR"], "EEA": ["DE", "FR", "NO"]},
            "rules": [{"from": ["EEA"], "to": ["US"], "recipients": ["ses"], "ground": "standard_clauses", "basis": "x",
                "since": "1970-01-02T00:00:00Z", "until": "1970-01-03T00:00:00Z"}]}"#;
        let transfers =
            transfers(&[("TRANSFERS", table), ("AWS_REGION", "us-east-1"), ("JURISDICTION", "EU")]).unwrap();
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let mail = |hour| transfers.allow::<Ses>(None, at(hour)).map(|permit| permit.ground());
        assert_eq!((mail(24), mail(47)), (Ok(Ground::StandardClauses), Ok(Ground::StandardClauses)));
        assert!(mail(23).is_err() && mail(48).is_err());
        let refused = transfers.allow::<Sns>(None, at(24)).err().unwrap();
        assert_eq!(refused.to_string(), "no ground for sns in US to get data of somebody of EU");
    }

    #[test]
    fn a_table_that_says_too_little_is_refused() {
        let with = |recipients: &str, rules: &str| {
            let table = format!(r#"{{"recipients": {{{recipients}}}, "groups": {{}}, "rules": [{rules}]}}"#);
            transfers(&[("TRANSFERS", &table), ("AWS_REGION", "eu-west-1")])
        };
        let one = |key: &str| format!(r#""{key}": {{"name": "x", "role": "y", "sends": []}}"#);
        let both = format!("{}, {}", one("ses"), one("sns"));
        assert!(with(&both, "").is_err(), "it says nothing of apps");
        let both = format!("{both}, {}", one("relying_parties"));
        assert!(with(&both, "").is_ok());
        assert!(with(&one("ses"), "").is_err(), "it says nothing of SMS");
        for rule in [
            r#"{"from": ["EU"], "to": ["US"], "ground": "adequacy", "basis": ""}"#,
            r#"{"from": ["DE"], "to": ["XX"], "ground": "adequacy", "basis": ""}"#,
            r#"{"from": ["DE"], "to": ["US"], "ground": "consent", "basis": ""}"#,
            r#"{"from": ["DE"], "to": ["US"], "ground": "adequacy"}"#,
            r#"{"from": ["DE"], "to": ["US"], "recipients": ["hook"], "ground": "adequacy", "basis": ""}"#,
        ] {
            assert!(with(&both, rule).is_err(), "{rule}");
        }
        for wrong in ["", "de", "D", "DE-BY", "UNITEDNATIONSX", "ÄÖ"] {
            assert_eq!(Jurisdiction::parse(wrong), None, "{wrong}");
        }
        assert!(transfers(&[("AWS_REGION", "eu-west-1"), ("JURISDICTION", "ATLANTIS")]).is_err());
    }
}
