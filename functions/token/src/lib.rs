//! Token endpoint: refresh, client credentials, revocation, introspection.
