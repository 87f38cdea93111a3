//! Ids: each its own type, prefixed on the wire, ordered by time.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

use crate::{Rng, Timestamp};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// A new id: `now` in its high bits, randomness below.
            pub fn generate(now: Timestamp, rng: &Rng) -> Self {
                let ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
                Self(Ulid::from_parts(ms, u128::from_le_bytes(rng.bytes())))
            }

            /// The id that this text names, if it is exactly how one is written.
            pub fn parse(text: &str) -> Option<Self> {
                let id = Self(Ulid::from_string(text.strip_prefix(concat!($prefix, "_"))?).ok()?);
                (id.to_string() == text).then_some(id)
            }

            /// When it was made.
            pub fn made_at(self) -> Timestamp {
                let ms = i64::try_from(self.0.timestamp_ms()).unwrap_or_default();
                Timestamp::from_millisecond(ms).unwrap_or_default()
            }

            /// The 16 bytes of the id.
            pub fn to_bytes(self) -> [u8; 16] { self.0.to_bytes() }

            /// The id with these 16 bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self { Self(Ulid::from_bytes(bytes)) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.to_string().to_ascii_lowercase())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { std::fmt::Display::fmt(self, f) }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(concat!("not an id that starts with ", $prefix, "_")))
            }
        }
    )*};
}

ids! {
    /// A customer; the `sub` of every token.
    CustomerId = "cus";
    /// A session and the refresh family that belongs to it; the `sid` of every token.
    SessionId = "ses";
    /// An act: something that somebody did and that the audit log keeps.
    ActId = "act";
    /// Something that is to be sent.
    OutboxId = "out";
    /// A device that a customer signed in from.
    DeviceId = "dev";
    /// A factor: a passkey, an authenticator app, a phone.
    FactorId = "fac";
    /// A decision on a purpose, and the receipt of it.
    DecisionId = "dec";
    /// An erasure that was asked for.
    ErasureId = "era";
    /// A legal hold.
    HoldId = "hld";
}

/// The gateway's id of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestId(pub String);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_one_way_only() {
        let id = CustomerId::generate(Timestamp::UNIX_EPOCH, &Rng::seeded([7; 32]));
        let text = id.to_string();
        assert_eq!(CustomerId::parse(&text), Some(id));
        assert_eq!(CustomerId::parse(&text.to_uppercase()), None);
        assert_eq!(SessionId::parse(&text), None);
        assert_eq!(CustomerId::parse("cus_"), None);
        assert_eq!(CustomerId::from_bytes(id.to_bytes()), id);
    }
}
