//! Roots of the audit log: hour by hour, one hash over the heads of all its chains.
//!
//! The tree is that of Certificate Transparency (RFC 9162 §2.1.1): leaves and nodes are hashed apart,
//! so that none can be taken for the other. A leaf is a head: the chain's number in one byte, the
//! number of its last entry in eight (big-endian), and that entry's hash as it is stored.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Timestamp, digest};

/// An hour, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    /// The hour that this moment is in.
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.as_second().div_euclid(3600))
    }

    /// The hour that this text names, if it is exactly how one is written: `2027-01-15T08`.
    pub fn parse(text: &str) -> Option<Self> {
        let begin: Timestamp = format!("{text}:00:00Z").parse().ok()?;
        let hour = Self::of(begin);
        (hour.to_string() == text).then_some(hour)
    }

    /// When it begins.
    pub fn begin(self) -> Timestamp {
        Timestamp::from_second(self.0.saturating_mul(3600)).unwrap_or_default()
    }

    /// How many whole hours lie between an earlier one and this one: none for the next.
    pub fn gap_after(self, earlier: Self) -> i64 {
        (self.0 - earlier.0 - 1).max(0)
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.begin().to_string();
        f.write_str(text.get(..13).unwrap_or(&text))
    }
}

impl Serialize for Hour {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hour {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an hour such as 2027-01-15T08"))
    }
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Which chain.
    pub chain: u8,
    /// The number of its last entry; 0 while it has none.
    pub last: u64,
    /// That entry's hash; empty while there is none.
    pub hash: String,
}

impl ChainHead {
    fn leaf(&self) -> Vec<u8> {
        [&[self.chain][..], &self.last.to_be_bytes(), self.hash.as_bytes()].concat()
    }
}

/// The hash over these heads.
pub fn merkle_root(heads: &[ChainHead]) -> [u8; 32] {
    match heads {
        [] => digest(b""),
        [head] => digest(&[&[0][..], &head.leaf()].concat()),
        heads => {
            // The largest power of two below the number of leaves.
            let half = heads.len().div_ceil(2).next_power_of_two();
            let (left, right) = heads.split_at(half);
            digest(&[&[1][..], &merkle_root(left), &merkle_root(right)].concat())
        }
    }
}

/// What the permanent key signs each hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRoot {
    /// Which root it is, from 1 and without a gap.
    pub number: u64,
    /// Of which hour. Hours without a root are those between this one and the one before.
    pub hour: Hour,
    /// When it was signed (seconds).
    pub iat: i64,
    /// The heads of all chains at that moment.
    pub heads: Vec<ChainHead>,
    /// The hash over them, in base64url.
    pub root: String,
    /// The root before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousRoot>,
    /// For how many days an entry is kept that was sealed in this hour; 0 is for good.
    pub retention_days: u32,
}

/// The root before another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousRoot {
    /// Its hour.
    pub hour: Hour,
    /// The SHA-256 of its JWS, in base64url.
    pub digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_written_one_way_only() {
        let hour = Hour::of("2027-01-15T08:59:59.999Z".parse().unwrap());
        assert_eq!(hour.to_string(), "2027-01-15T08");
        assert_eq!(Hour::parse("2027-01-15T08"), Some(hour));
        for wrong in ["2027-01-15T8", "2027-01-15 08", "2027-01-15T24", "2027-01-15", "2027-01-15T08:00", ""] {
            assert_eq!(Hour::parse(wrong), None, "{wrong}");
        }
        let later = |text| Hour::parse(text).unwrap().gap_after(hour);
        assert_eq!((later("2027-01-15T09"), later("2027-01-16T08")), (0, 23));
    }

    fn heads(n: u8) -> Vec<ChainHead> {
        (0..n).map(|chain| ChainHead { chain, last: u64::from(chain) * 7, hash: format!("hash {chain}") }).collect()
    }

    #[test]
    fn every_head_counts_and_so_does_their_number() {
        let whole = merkle_root(&heads(8));
        for n in 0..8 {
            assert_ne!(merkle_root(&heads(n)), whole);
            let mut changed = heads(8);
            changed[usize::from(n)].last += 1;
            assert_ne!(merkle_root(&changed), whole, "{n}");
        }
        let mut swapped = heads(8);
        swapped.swap(2, 5);
        assert_ne!(merkle_root(&swapped), whole);
    }

    #[test]
    fn the_tree_is_that_of_rfc_9162() {
        let node = |l: [u8; 32], r: [u8; 32]| digest(&[&[1][..], &l, &r].concat());
        let all = heads(5);
        let leaf = |n: usize| digest(&[&[0][..], &all[n].leaf()].concat());
        let four = node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3)));
        assert_eq!(merkle_root(&all[..3]), node(node(leaf(0), leaf(1)), leaf(2)));
        assert_eq!(merkle_root(&all[..4]), four);
        assert_eq!(merkle_root(&all), node(four, leaf(4)));
        assert_eq!(merkle_root(&[]), digest(b""));
    }
}
