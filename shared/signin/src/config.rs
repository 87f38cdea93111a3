//! The deployment's own files: compiled in, because a function has no source tree beside it, and
//! replaceable by a variable.

use domain::scope::{Administrators, ClientsRegister, Scope as _};
use domain::{Brands, Clients, ConfigError, ProfileSchema, Registry, Settings};

const CLIENTS: &str = include_str!("../../../config/clients.json");
const BRANDS: &str = include_str!("../../../config/brands.json");
const PROFILE_SCHEMA: &str = include_str!("../../../config/profile.schema.json");
const PURPOSES: &str = include_str!("../../../config/purposes.json");

/// The registry of clients: `CLIENTS`, or `config/clients.json`.
///
/// # Errors
/// When it can't be used.
pub fn clients(settings: &Settings) -> Result<Clients, ConfigError> {
    Clients::parse(settings.text("CLIENTS").unwrap_or(CLIENTS)).map_err(|e| ConfigError::new("CLIENTS", e))
}

/// The registry of brands: `BRANDS`, or `config/brands.json`.
///
/// # Errors
/// When it can't be used, or a client names a brand that it has not.
pub(crate) fn brands(settings: &Settings, clients: &Clients) -> Result<Brands, ConfigError> {
    let brands = Brands::parse(settings.text("BRANDS").unwrap_or(BRANDS));
    let brands = brands.and_then(|brands| brands.check(clients).map(|()| brands));
    brands.map_err(|e| ConfigError::new("BRANDS", e))
}

/// The profile's schema: `PROFILE_SCHEMA`, or `config/profile.schema.json`.
///
/// # Errors
/// When it can't be used.
pub fn profile_schema(settings: &Settings) -> Result<ProfileSchema, ConfigError> {
    ProfileSchema::parse(settings.text("PROFILE_SCHEMA").unwrap_or(PROFILE_SCHEMA))
        .map_err(|e| ConfigError::new("PROFILE_SCHEMA", e))
}

/// The registry of purposes: `PURPOSES`, or `config/purposes.json`. What was written since is added by
/// `store`.
///
/// # Errors
/// When it can't be used.
pub fn purposes(settings: &Settings) -> Result<Registry, ConfigError> {
    Registry::parse(settings.text("PURPOSES").unwrap_or(PURPOSES)).map_err(|e| ConfigError::new("PURPOSES", e))
}

/// Whether clients may register themselves: somebody may be given the scope that it takes.
///
/// # Errors
/// When the clients or the administrators can't be used.
pub fn registration_is_open(settings: &Settings) -> Result<bool, ConfigError> {
    let is_one = |client: &domain::Client| client.scopes.iter().any(|scope| scope == ClientsRegister::NAME);
    Ok(clients(settings)?.iter().any(is_one) || Administrators::read(settings)?.give(ClientsRegister::NAME))
}
