//! Decisions on purposes as several flows make them: what comes with a registration, the receipt of each,
//! and the mail whose button confirms one.

use std::collections::BTreeMap;

use domain::{
    ActKind, Actor, Brand, ConfigError, Controller, CustomerId, DecisionId, Delivery, Email, FieldError, Handle,
    Jurisdiction, Locale, Message, Outcome, Purpose, Receipt, Registry, Secret, Settings, Shown, Source, age,
};
use edge::Ctx;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{Customer, Mark, NewDecision, NewOptIn, Send, Store, WantedDecision};

/// The page behind the link that confirms consent.
pub const OPT_IN_PAGE: &str = "/consents/confirm";

/// Whether the browser says that its user opts out of sale and sharing (Global Privacy Control).
pub fn opts_out(headers: &HeaderMap) -> bool {
    headers.get("sec-gpc").is_some_and(|value| value.as_bytes() == b"1")
}

/// What comes with a registration on one purpose: whether it is agreed to, and perhaps to which version.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = RegistrationConsent)]
pub enum Wanted {
    /// Whether the current version is agreed to.
    Whether(bool),
    /// Whether the version that was shown is agreed to.
    Version {
        /// Whether.
        granted: bool,
        /// The version that was shown.
        version: u32,
    },
}

/// Why what comes with a registration can't be recorded.
#[derive(Debug)]
pub enum WantedRefused {
    /// There is no such purpose, or nobody is asked about it.
    Field(FieldError),
    /// There is a newer version than the one that was shown.
    Outdated,
    /// The customer is too young, or did not say how old they are.
    Underage,
}

/// How old somebody is, by the profile's `birthdate`.
pub fn is_old_enough(purpose: &Purpose, profile: &Map<String, Value>, ctx: &Ctx) -> bool {
    let age = || age(profile.get("birthdate")?.as_str()?, ctx.now);
    purpose.minimum_age.is_none_or(|least| age().is_some_and(|age| age >= least))
}

/// The decisions that come with a registration. Where the browser opts out of sale and sharing, nobody
/// is held to a tick beside it, and the opting out is recorded.
///
/// # Errors
/// When one of them can't be recorded.
pub fn at_registration(
    ctx: &Ctx,
    registry: &Registry,
    asked: &BTreeMap<String, Wanted>,
    profile: &Map<String, Value>,
    (locale, is_opted_out): (Locale, bool),
) -> Result<Vec<WantedDecision>, WantedRefused> {
    let mut decisions = Vec::new();
    for (key, wanted) in asked {
        let refused = |why: &str| {
            let pointer = format!("/consents/{}", key.replace('~', "~0").replace('/', "~1"));
            WantedRefused::Field(FieldError::new(pointer, "purpose", why))
        };
        let purpose = &registry.find(key).ok_or_else(|| refused("is no purpose"))?.purpose;
        if purpose.required {
            return Err(refused("comes with the account, and nobody is asked"));
        }
        let (granted, version) = match *wanted {
            Wanted::Whether(granted) => (granted, purpose.version),
            Wanted::Version { granted, version } => (granted, version),
        };
        let by_signal = is_opted_out && purpose.sale_or_sharing;
        let (outcome, source) = match granted && !by_signal {
            true if version != purpose.version => return Err(WantedRefused::Outdated),
            true if !is_old_enough(purpose, profile, ctx) => return Err(WantedRefused::Underage),
            true if purpose.double_opt_in => (Outcome::Pending, Source::Registration),
            true => (Outcome::Granted, Source::Registration),
            false if by_signal => (Outcome::Refused, Source::Gpc),
            false => (Outcome::Refused, Source::Registration),
        };
        decisions.push(WantedDecision { outcome, source, shown: purpose.shown(locale) });
    }
    if is_opted_out {
        let sold = registry.all().map(|standing| &standing.purpose).filter(|purpose| purpose.sale_or_sharing);
        let silent = sold.filter(|purpose| !asked.contains_key(&purpose.key));
        let refused = |purpose: &Purpose| WantedDecision {
            outcome: Outcome::Refused,
            source: Source::Gpc,
            shown: purpose.shown(locale),
        };
        decisions.extend(silent.map(refused));
        // Whatever is beyond was never agreed to: it is off without a record.
        decisions.truncate(Store::MOST_DECISIONS);
    }
    Ok(decisions)
}

/// Who reads a mail that confirms consent.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Their address.
    pub email: &'a Email,
    /// Their language.
    pub locale: Locale,
    /// Whose law protects them.
    pub jurisdiction: Option<&'a Jurisdiction>,
}

impl<'a> Reader<'a> {
    /// A customer.
    pub fn of(profile: &'a Customer) -> Self {
        Self { email: &profile.data.email, locale: profile.locale, jurisdiction: profile.jurisdiction.as_ref() }
    }
}

/// Makes decisions, with their receipts and mails.
#[derive(Clone, Debug)]
pub struct Consents {
    name: String,
}

impl Consents {
    /// Reads `BRAND_NAME`: who answers for what is done with the data.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { name: Brand::new(settings)?.name().to_owned() })
    }

    /// A decision of now.
    pub fn decision(
        &self,
        ctx: &Ctx,
        customer: CustomerId,
        (outcome, source): (Outcome, Source),
        shown: Shown,
    ) -> NewDecision {
        let controller = Controller { name: self.name.clone(), url: ctx.issuer.clone() };
        let id = DecisionId::generate(ctx.now, &ctx.rng);
        let kind = match outcome {
            Outcome::Granted => ActKind::ConsentGranted,
            Outcome::Pending => ActKind::ConsentPending,
            Outcome::Refused | Outcome::Withdrawn => ActKind::ConsentWithdrawn,
        };
        let receipt = Receipt::new((id, customer), (outcome, source), shown, controller, ctx.now);
        NewDecision { receipt, opt_in: None, mark: Mark::Keep, cause: ctx.act(kind, Actor::Customer(customer)) }
    }

    /// The link that confirms consent, and its mail.
    pub fn opt_in(&self, ctx: &Ctx, store: &Store, to: Reader<'_>, shown: &Shown) -> NewOptIn {
        let handle = Handle::generate(&ctx.rng);
        let link = store.link_new(&handle);
        let message = Message::ConsentOptIn {
            title: shown.title.clone(),
            link: Secret::new(format!("{}{OPT_IN_PAGE}?token={}", ctx.issuer, link.reveal())),
            expires_at: ctx.now + Store::OPT_IN_FOR,
        };
        let delivery = Delivery {
            to: to.email.clone().into(),
            locale: to.locale,
            issuer: ctx.issuer.clone(),
            jurisdiction: to.jurisdiction.cloned(),
            message,
        };
        NewOptIn { handle, link, send: Send::new(delivery, ctx.now, &ctx.rng) }
    }

    /// The decisions that came with a registration, now that it becomes a customer.
    pub fn of_registration(
        &self,
        ctx: &Ctx,
        store: &Store,
        customer: CustomerId,
        to: Reader<'_>,
        wanted: Vec<WantedDecision>,
    ) -> Vec<NewDecision> {
        let decide = |WantedDecision { outcome, source, shown }: WantedDecision| {
            let opt_in = (outcome == Outcome::Pending).then(|| self.opt_in(ctx, store, to, &shown));
            NewDecision { opt_in, ..self.decision(ctx, customer, (outcome, source), shown) }
        };
        wanted.into_iter().map(decide).collect()
    }
}
