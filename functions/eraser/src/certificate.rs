//! The certificate: what was erased, when it was done, when it is final, and what remains.

use std::collections::BTreeMap;

use domain::{AttestationType, Timestamp};
use serde::Serialize;
use store::{Counts, Erasure, ItemKind, Store, StoreError, Tombstone};

/// What a certificate says.
#[derive(Serialize)]
struct Claims<'a> {
    /// The deployment.
    iss: &'a str,
    /// The id by which the customer was known: nothing else is left that leads to them.
    sub: String,
    /// The erasure.
    jti: String,
    iat: i64,
    requested_at: String,
    requested_by: domain::ErasureBy,
    begun_at: String,
    /// When the data key was destroyed: from here on every copy is unreadable.
    done_at: String,
    /// When no backup of the keys is left.
    final_at: String,
    /// How many things of which kind were deleted.
    deleted: &'a Counts,
    /// What is kept, and why nobody can be told from it.
    remains: BTreeMap<String, &'static str>,
}

/// What an erasure leaves, and why.
fn remains() -> BTreeMap<String, &'static str> {
    let why = |kind: &ItemKind| match kind.erasure() {
        Erasure::Stays(why) | Erasure::Expires(why) => Some((kind.name(), why)),
        Erasure::Deleted | Erasure::Destroyed | Erasure::Nobodys => None,
    };
    ItemKind::ALL.iter().filter_map(why).collect()
}

/// The certificate of an erasure that was done at this moment.
pub(crate) async fn sign(
    store: &Store,
    issuer: &str,
    tombstone: &Tombstone,
    done_at: Timestamp,
    final_at: Timestamp,
) -> Result<String, StoreError> {
    let claims = Claims {
        iss: issuer,
        sub: tombstone.customer.to_string(),
        jti: tombstone.id.to_string(),
        iat: done_at.as_second(),
        requested_at: tombstone.requested_at.to_string(),
        requested_by: tombstone.by,
        begun_at: tombstone.begun_at.to_string(),
        done_at: done_at.to_string(),
        final_at: final_at.to_string(),
        deleted: &tombstone.counts,
        remains: remains(),
    };
    store.attest(AttestationType::ErasureCertificate, &claims).await
}

#[cfg(test)]
mod tests {
    use store::Export;

    use super::*;

    #[test]
    fn what_remains_is_said_and_what_is_nobodys_is_not() {
        let remains = remains();
        for kind in ["erased", "sealed_act", "suppression"] {
            assert!(remains.contains_key(kind), "{kind}");
        }
        assert!(!remains.contains_key("profile"));
        for kind in ItemKind::ALL.iter().filter(|kind| kind.export() == Export::Nobodys) {
            assert_eq!(kind.erasure(), Erasure::Nobodys, "{kind:?}");
            assert!(!remains.contains_key(&kind.name()), "{kind:?}");
        }
    }
}
