//! Hashes, as the log's format has them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// The hash of an entry: over its number, the hash before it, and the act as it was written.
pub(crate) fn entry(seq: u64, previous: &str, body: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(seq.to_be_bytes());
    hasher.update(previous);
    hasher.update(b"\n");
    hasher.update(body);
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

/// The digest of a root's JWS.
pub(crate) fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// The hash over the heads of chains 0, 1, 2 …: RFC 9162 §2.1.1, level by level. A node without a
/// neighbour goes up as it is, which makes the same tree.
pub(crate) fn tree<'a>(heads: impl Iterator<Item = (u8, u64, &'a str)>) -> String {
    let leaf = |(chain, last, hash): (u8, u64, &str)| {
        let mut hasher = Sha256::new();
        hasher.update([0, chain]);
        hasher.update(last.to_be_bytes());
        hasher.update(hash);
        <[u8; 32]>::from(hasher.finalize())
    };
    let mut level: Vec<[u8; 32]> = heads.map(leaf).collect();
    while level.len() > 1 {
        let up = level.chunks(2).map(|pair| match pair {
            [left, right] => {
                let mut hasher = Sha256::new();
                hasher.update([1]);
                hasher.update(left);
                hasher.update(right);
                hasher.finalize().into()
            }
            _ => pair.iter().copied().fold([0; 32], |_, alone| alone),
        });
        level = up.collect();
    }
    URL_SAFE_NO_PAD.encode(level.first().copied().unwrap_or_else(|| Sha256::digest(b"").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_the_one_that_is_signed() {
        for n in 0..=9 {
            let heads: Vec<_> = (0..n)
                .map(|chain| domain::ChainHead { chain, last: u64::from(chain) * 3, hash: format!("hash {chain}") })
                .collect();
            let signed = URL_SAFE_NO_PAD.encode(domain::merkle_root(&heads));
            assert_eq!(tree(heads.iter().map(|head| (head.chain, head.last, head.hash.as_str()))), signed, "{n}");
        }
    }
}
