//! What a client is told about a customer (OpenID Connect Core §5): what its scopes mean, and what it asked for
//! by name, as far as it may have that.

use std::collections::BTreeSet;

use domain::oidc::{ClaimRequest, claims_for, cut};
use domain::{Client, CustomerId};
use serde_json::{Map, Value};
use store::{Customer, Grant};

use crate::{Token, TokenError};

/// The claims of an ID token beside its own: those alone that were asked for by name (§5.5). The customer is
/// read where there are any.
pub(crate) async fn of_id_token(
    flow: &Token,
    client: &Client,
    customer: CustomerId,
    grant: &Grant,
) -> Result<Map<String, Value>, TokenError> {
    let wanted = claims_for(&[], asked(&grant.claims.id_token), allowed(client, grant));
    if wanted.is_empty() {
        return Ok(Map::new());
    }
    Ok(flow.store.customer(customer).await?.map(|customer| cut(&known(&customer), &wanted)).unwrap_or_default())
}

/// The claims that userinfo answers to a token with these scopes.
pub(crate) fn of_userinfo(client: &Client, grant: &Grant, scope: &[String]) -> BTreeSet<&'static str> {
    claims_for(scope, asked(&grant.claims.userinfo), allowed(client, grant))
}

/// What is known about a customer, by the names that OpenID Connect has for it.
pub(crate) fn known(customer: &Customer) -> Map<String, Value> {
    let mut known = customer.data.profile.clone();
    // Ours to say, whatever a profile's schema has fields for.
    for own in ["email", "email_verified", "phone_number_verified", "updated_at"] {
        known.remove(own);
    }
    known.insert("email".to_owned(), customer.data.email.reveal().into());
    known.insert("email_verified".to_owned(), true.into());
    known.insert("locale".to_owned(), customer.locale.tag().into());
    if known.contains_key("phone_number") {
        // Written by the customer: the numbers that were proved are factors, and nobody else's business.
        known.insert("phone_number_verified".to_owned(), false.into());
    }
    known
}

fn asked(by_name: &std::collections::BTreeMap<String, ClaimRequest>) -> impl Iterator<Item = (&String, &ClaimRequest)> {
    by_name.iter()
}

/// The scopes whose claims may be asked for by name: all that the client is registered for, if it is one of the
/// deployment's own; of somebody else's app, those that the customer was asked about.
fn allowed<'a>(client: &'a Client, grant: &'a Grant) -> &'a [String] {
    if client.third_party { &grant.scope } else { &client.scope }
}
