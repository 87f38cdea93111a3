//! Where a search over all chains goes on: the number below which each chain is still to be read.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ChainHead;
use store::Chain;

const CHAINS: usize = Chain::COUNT as usize;

/// The numbers, by chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) [u64; CHAINS]);

impl Cursor {
    /// From the newest entry of each chain.
    pub(crate) fn newest() -> Self {
        Self([u64::MAX; CHAINS])
    }

    /// From these heads on, they included.
    pub(crate) fn from(heads: &[ChainHead]) -> Self {
        let mut cursor = Self::newest();
        for head in heads {
            if let Some(below) = cursor.0.get_mut(usize::from(head.chain)) {
                *below = head.last.saturating_add(1);
            }
        }
        cursor
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        let numbers: Vec<u64> = numbers.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect();
        rest.is_empty().then_some(Self(numbers.try_into().ok()?))
    }

    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.map(u64::to_be_bytes).concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let head = |chain, last| ChainHead { chain, last, hash: String::new() };
        let cursor = Cursor::from(&[head(0, 0), head(7, 41)]);
        assert_eq!((cursor.0[0], cursor.0[1], cursor.0[7]), (1, u64::MAX, 42));
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor.clone()));
        for wrong in ["", "x", "AAAA", &cursor.text()[..84], &format!("{}AAAAAAAAAAA", cursor.text())] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
