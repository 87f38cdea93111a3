//! The token of a link to unsubscribe: good for years, for one customer and one purpose.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{CustomerId, Key32, Purpose, Rng, open, seal};

/// Who no longer wants what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// Who.
    pub customer: CustomerId,
    /// What.
    pub purpose: String,
}

impl UnsubscribeToken {
    /// The version of the form, so that another one can follow while mails of years ago lie in
    /// mailboxes.
    const PREFIX: &str = "u1.";
    /// Every token is as long as every other: its length tells nothing about the purpose.
    const LONGEST: usize = 64;

    /// The token as a mail carries it: sealed, so that it tells whoever reads it neither whose it is
    /// nor what for, and nobody can make one or turn one into another.
    pub fn encode(&self, key: &Key32, rng: &Rng) -> String {
        let mut plain = self.customer.to_bytes().to_vec();
        plain.extend(self.purpose.bytes().chain(std::iter::repeat(0)).take(Self::LONGEST));
        let sealed = seal(&key.derive("unsubscribe"), Self::PREFIX.as_bytes(), &plain, rng);
        format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The token that this text is, if we made it.
    pub fn decode(text: &str, key: &Key32) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text.strip_prefix(Self::PREFIX)?).ok()?;
        let plain = open(&key.derive("unsubscribe"), Self::PREFIX.as_bytes(), &sealed).ok()?;
        let (customer, purpose) = plain.split_first_chunk::<16>()?;
        let purpose = std::str::from_utf8(purpose).ok()?.trim_end_matches('\0');
        Purpose::is_key(purpose)
            .then(|| Self { customer: CustomerId::from_bytes(*customer), purpose: purpose.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_ours_alone_and_tells_nothing() {
        let (rng, key) = (Rng::seeded([1; 32]), Key32::new([2; 32]));
        let token =
            |purpose: &str| UnsubscribeToken { customer: CustomerId::from_bytes([7; 16]), purpose: purpose.to_owned() };
        let longest = "x".repeat(64);
        let texts = ["news", &longest].map(|purpose| token(purpose).encode(&key, &rng));
        assert_eq!(texts[0].len(), texts[1].len());
        assert_eq!(UnsubscribeToken::decode(&texts[0], &key), Some(token("news")));
        assert_eq!(UnsubscribeToken::decode(&texts[1], &key), Some(token(&longest)));
        assert_eq!(UnsubscribeToken::decode(&texts[0], &Key32::new([3; 32])), None);
        for at in 0..texts[0].len() {
            let mut forged = texts[0].clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(UnsubscribeToken::decode(&String::from_utf8(forged).unwrap(), &key), None, "byte {at}");
        }
        for none in ["", "u1.", "u2.AAAA", &texts[0][3..]] {
            assert_eq!(UnsubscribeToken::decode(none, &key), None, "{none}");
        }
    }
}
