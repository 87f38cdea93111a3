//! Subjects: who a customer is for a client (OpenID Connect Core §8).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::oidc::redirect_uri;
use crate::{Client, CustomerId, Key32, SessionId, SubjectType};

/// The sector of a client's pairwise subjects: what it is registered with, or the one host of all its redirect
/// URIs (§8.1).
pub fn sector(client: &Client) -> Option<String> {
    if let Some(sector) = &client.sector_identifier {
        return (!sector.is_empty()).then(|| sector.clone());
    }
    let mut hosts = client.redirect_uris.iter().map(|uri| redirect_uri::host(uri));
    let first = hosts.next()??;
    hosts.all(|host| host.as_ref() == Some(&first)).then_some(first)
}

const PREFIX: &str = "pws_";

/// The customer's subject in a sector: the same for ever, of no use in any other, and without the key no way back.
/// With it there is one ([`customer_of`]), so that a token leads to its customer without a lookup: half of it is a MAC
/// over sector and customer, and the other half the customer's id under a pad that is made of the first.
pub fn pairwise(key: &Key32, sector: &str, customer: CustomerId) -> String {
    let mac = key.derive("pairwise subject").mac(&[sector.as_bytes(), &customer.to_bytes()]);
    let (tag, _) = mac.split_at(16);
    let id: Vec<u8> = customer.to_bytes().iter().zip(pad(key, tag)).map(|(byte, pad)| byte ^ pad).collect();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([tag, &id].concat()))
}

/// The customer whose pairwise subject this is. It says nothing of whether we gave it out: only a subject out of a
/// token of ours may be asked for.
pub fn customer_of(key: &Key32, subject: &str) -> Option<CustomerId> {
    let bytes = URL_SAFE_NO_PAD.decode(subject.strip_prefix(PREFIX)?).ok()?;
    let (tag, id) = bytes.split_at_checked(16)?;
    let id: Vec<u8> = id.iter().zip(pad(key, tag)).map(|(byte, pad)| byte ^ pad).collect();
    id.try_into().ok().map(CustomerId::from_bytes)
}

fn pad(key: &Key32, tag: &[u8]) -> [u8; 32] {
    key.derive("pairwise customer").mac(&[tag])
}

/// The `sub` by which a client knows a customer.
pub fn subject(key: &Key32, client: &Client, customer: CustomerId) -> String {
    match (client.subject_type, sector(client)) {
        (SubjectType::Pairwise, Some(sector)) => pairwise(key, &sector, customer),
        // A registry has no pairwise client without a sector; one that had would share nothing.
        (SubjectType::Pairwise, None) => pairwise(key, &client.client_id, customer),
        (SubjectType::Public, _) => customer.to_string(),
    }
}

/// The `sid` by which a client knows a browser's session: two sectors can't compare theirs either.
pub fn session_name(key: &Key32, client: &Client, session: SessionId) -> String {
    match client.subject_type {
        SubjectType::Public => session.to_string(),
        SubjectType::Pairwise => {
            let sector = sector(client).unwrap_or_else(|| client.client_id.clone());
            let mac = key.derive("pairwise session").mac(&[sector.as_bytes(), session.to_string().as_bytes()]);
            format!("pwe_{}", URL_SAFE_NO_PAD.encode(mac))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(redirect_uris: &[&str], sector_identifier: Option<&str>) -> Client {
        Client {
            subject_type: SubjectType::Pairwise,
            redirect_uris: redirect_uris.iter().map(|&uri| uri.to_owned()).collect(),
            sector_identifier: sector_identifier.map(str::to_owned),
            ..Client::new("c", "C")
        }
    }

    #[test]
    fn a_sector_is_one_host_or_is_said() {
        for (uris, said, expected) in [
            (&["https://a.example/1", "https://a.example/2"][..], None, Some("a.example")),
            (&["https://a.example/1", "https://b.example/1"], None, None),
            (&["https://a.example/1", "com.example.app:/cb"], None, None),
            (&["https://a.example/1", "https://b.example/1"], Some("example"), Some("example")),
            (&[], None, None),
            (&["https://a.example/1"], Some(""), None),
        ] {
            assert_eq!(sector(&client(uris, said)).as_deref(), expected, "{uris:?} {said:?}");
        }
    }

    #[test]
    fn two_sectors_cannot_compare_their_customers() {
        let (key, alice, bob) = (Key32::new([1; 32]), CustomerId::from_bytes([1; 16]), CustomerId::from_bytes([2; 16]));
        let (shop, same) = (client(&["https://a.example/1"], None), client(&["https://a.example/2"], None));
        let other = client(&["https://b.example/1"], None);
        assert_eq!(subject(&key, &shop, alice), subject(&key, &same, alice));
        assert_ne!(subject(&key, &shop, alice), subject(&key, &other, alice));
        assert_ne!(subject(&key, &shop, alice), subject(&key, &shop, bob));
        assert_ne!(subject(&key, &shop, alice), subject(&Key32::new([2; 32]), &shop, alice));
        assert!(subject(&key, &shop, alice).starts_with("pws_") && subject(&key, &shop, alice).len() == 47);
        assert_eq!(subject(&key, &Client::new("p", "P"), alice), alice.to_string());
        let session = SessionId::from_bytes([3; 16]);
        assert_eq!(session_name(&key, &shop, session), session_name(&key, &same, session));
        assert_ne!(session_name(&key, &shop, session), session_name(&key, &other, session));
        assert_eq!(session_name(&key, &Client::new("p", "P"), session), session.to_string());
        assert_eq!(customer_of(&key, &subject(&key, &shop, bob)), Some(bob));
        assert_ne!(customer_of(&Key32::new([2; 32]), &subject(&key, &shop, bob)), Some(bob));
        for none in ["", "pws_", "pws_AAAA", "cus_x", &alice.to_string()] {
            assert_eq!(customer_of(&key, none), None, "{none}");
        }
    }
}
