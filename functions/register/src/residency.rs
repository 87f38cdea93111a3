//! Whose law protects a customer, as far as they may say so themselves.

use domain::{ConfigError, FieldError, Jurisdiction, Permit, Ses, Settings, Transfers};
use edge::Ctx;

/// What a deployment lets its customers say.
pub(crate) struct Residency {
    /// `ASK_JURISDICTION`: `on` or `off`, the default.
    is_asked: bool,
    transfers: Transfers,
}

impl Residency {
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        const NAME: &str = "ASK_JURISDICTION";
        let is_asked = match settings.text(NAME) {
            Some("on") => true,
            Some("off") | None => false,
            Some(_) => return Err(ConfigError::new(NAME, "is neither on nor off")),
        };
        Ok(Self { is_asked, transfers: Transfers::read(settings)? })
    }

    /// The jurisdiction that somebody gave. One to whose people no mail may be sent could never be
    /// verified; the field error says so at once.
    pub(crate) fn chosen(&self, ctx: &Ctx, given: Option<&str>) -> Result<Option<Jurisdiction>, FieldError> {
        let wrong = |why: &str| FieldError::new("/jurisdiction", "jurisdiction", why);
        let Some(text) = given else { return Ok(None) };
        if !self.is_asked {
            return Err(wrong("is not asked for here"));
        }
        let chosen = Jurisdiction::parse(text).filter(|chosen| self.transfers.knows(chosen));
        let chosen = chosen.ok_or_else(|| wrong("is no country in two capital letters, and no known group of them"))?;
        let mail: Result<Permit<Ses>, _> = self.transfers.allow(Some(&chosen), ctx.now);
        mail.map(|_| Some(chosen)).map_err(|_| wrong("is one that is not served here"))
    }
}
