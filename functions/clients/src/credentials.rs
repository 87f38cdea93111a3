//! What a client is given to show who it is: 256 random bits each, of which a digest is kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Client, Rng, Secret, Timestamp};
use store::{ClientSecret, StoredClient};

/// So many secrets has a client at most.
pub(crate) const MOST_SECRETS: usize = 5;

/// A new client's id.
pub(crate) fn client_id(rng: &Rng) -> String {
    format!("cli_{}", URL_SAFE_NO_PAD.encode(rng.bytes::<16>()))
}

/// A token by which a client manages itself.
pub(crate) fn registration_token(rng: &Rng) -> Secret<String> {
    Secret::new(format!("prat_{}", URL_SAFE_NO_PAD.encode(rng.bytes::<32>())))
}

/// A secret, and what is kept of it.
pub(crate) fn secret(rng: &Rng, now: Timestamp) -> (Secret<String>, ClientSecret) {
    let secret = format!("pcs_{}", URL_SAFE_NO_PAD.encode(rng.bytes::<32>()));
    let id = format!("sec_{}", URL_SAFE_NO_PAD.encode(rng.bytes::<12>()));
    let kept = ClientSecret::of(id, &secret, now);
    (Secret::new(secret), kept)
}

/// What a client is to be from now on, with a first secret where it shows who it is by one and has none, and without
/// any where it does so otherwise.
pub(crate) fn become_client(
    stored: &mut StoredClient,
    client: Client,
    rng: &Rng,
    now: Timestamp,
) -> Option<Secret<String>> {
    stored.client = client;
    if !stored.client.needs_secret() {
        stored.secrets.clear();
        return None;
    }
    if !stored.secrets.is_empty() {
        return None;
    }
    let (secret, kept) = secret(rng, now);
    stored.secrets.push(kept);
    Some(secret)
}
