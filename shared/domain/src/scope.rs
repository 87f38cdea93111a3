//! What an access token permits beyond its customer's own things.

use std::collections::BTreeMap;

use crate::{Acr, ConfigError, CustomerId, Settings};

/// A scope that a route asks for, as a type: a handler that takes the caller by it can't forget to ask.
pub trait Scope: Send + Sync + 'static {
    /// As tokens carry it.
    const NAME: &'static str;
}

macro_rules! scopes {
    ($(#[doc = $doc:literal] $name:ident = $text:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name;

            impl Scope for $name {
                const NAME: &'static str = $text;
            }
        )*

        /// Every scope, with what it permits.
        pub const SCOPES: &[(&str, &str)] = &[$(($text, $doc),)*];
    };
}

scopes! {
    /// See and change the registry of purposes.
    AdminPurposes = "admin:purposes";
    /// See who had consented to what, and when.
    AdminConsents = "admin:consents";
    /// Find customers, export for them, and keep the record of their requests.
    AdminRequests = "admin:requests";
    /// Erase on somebody's behalf; place and lift legal holds.
    AdminErasure = "admin:erasure";
    /// Search the audit log.
    AdminAudit = "admin:audit";
    /// Say whose law protects a customer.
    AdminResidency = "admin:residency";
    /// End a customer's sessions.
    AdminSessions = "admin:sessions";
    /// See, register, change and remove clients.
    AdminClients = "admin:clients";
    /// See, write and remove brands of the hosted pages.
    AdminBrands = "admin:brands";
    /// Register a client (RFC 7591): the initial access token.
    ClientsRegister = "clients:register";
    /// Ask whether a customer has consented.
    ConsentsCheck = "consents:check";
}

/// Whether a token of these scopes administers: then it is for Portico's own API, and for nobody else who could
/// pass it on. To register a client is to have its name on our pages.
pub fn administers(scope: &str) -> bool {
    scope.split(' ').any(|scope| scope.starts_with("admin:") || scope == ClientsRegister::NAME)
}

/// Customers who administer the deployment, with the scopes that their tokens carry once they have
/// proved two factors, for the clients by which they administer.
#[derive(Clone, Debug, Default)]
pub struct Administrators(BTreeMap<CustomerId, String>);

impl Administrators {
    /// Reads `ADMINISTRATORS`: `cus_…=admin:audit+admin:erasure`, several with commas.
    ///
    /// # Errors
    /// When it names no customer, or a scope that there is not.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let wrong = |why: &str| ConfigError::new("ADMINISTRATORS", why);
        let mut all = BTreeMap::new();
        for entry in settings.text("ADMINISTRATORS").unwrap_or_default().split(',').map(str::trim) {
            if entry.is_empty() {
                continue;
            }
            let (customer, scopes) = entry.split_once('=').ok_or_else(|| wrong("is not customer=scope+scope"))?;
            let customer = CustomerId::parse(customer).ok_or_else(|| wrong("names no customer"))?;
            let scopes: Vec<&str> = scopes.split('+').map(str::trim).collect();
            if !scopes.iter().all(|scope| SCOPES.iter().any(|(known, _)| known == scope)) {
                return Err(wrong("has a scope that there is not"));
            }
            all.insert(customer, scopes.join(" "));
        }
        Ok(Self(all))
    }

    /// Whether anybody has this scope.
    pub fn give(&self, scope: &str) -> bool {
        self.0.values().any(|scopes| scopes.split(' ').any(|own| own == scope))
    }

    /// What the tokens of a session carry: nothing for everybody else, and nothing after one factor.
    pub fn scope(&self, customer: CustomerId, acr: Acr) -> &str {
        match acr {
            Acr::Aal2 => self.0.get(&customer).map(String::as_str).unwrap_or_default(),
            Acr::Aal1 => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_have_their_scopes_after_two_factors() {
        let customer = CustomerId::from_bytes([7; 16]);
        let read = |text: &str| Administrators::read(&Settings::new([("ADMINISTRATORS", text)]));
        let known = read(&format!("{customer}=admin:audit+admin:erasure")).unwrap();
        assert_eq!(known.scope(customer, Acr::Aal2), "admin:audit admin:erasure");
        assert_eq!(known.scope(customer, Acr::Aal1), "");
        assert_eq!(known.scope(CustomerId::from_bytes([8; 16]), Acr::Aal2), "");
        assert_eq!(read("").unwrap().scope(customer, Acr::Aal2), "");
        for wrong in
            ["cus_x=admin:audit", &format!("{customer}"), &format!("{customer}=admin"), &format!("{customer}=")]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
