//! A list of breached passwords: so many that it stands in a file beside the function.
//!
//! The file has, of each password's SHA-1 (by which every such list knows it), the first five bytes: two
//! say in which bucket it is, three stand there, in order. An index in front says where each bucket
//! begins. So a look takes two small reads and no memory, and one password in `2^40 / n` that is not
//! among the `n` of the list is refused with them.

/// How a list of this form begins.
const MAGIC: [u8; 8] = *b"breach01";
const BUCKETS: usize = 1 << 16;
const REST: usize = 3;

/// What is kept of a password: the bucket, and what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BreachedEntry {
    bucket: u16,
    rest: [u8; REST],
}

/// The place and length of some bytes of the file.
type Bytes = (u64, usize);

impl BreachedEntry {
    /// What begins all lists: the magic, and the index.
    pub const HEADER: usize = MAGIC.len() + 4 * (BUCKETS + 1);

    /// Of a password's SHA-1.
    pub fn of([a, b, c, d, e, ..]: [u8; 20]) -> Self {
        Self { bucket: u16::from_be_bytes([a, b]), rest: [c, d, e] }
    }

    /// Where the file says where the bucket begins, and the next.
    pub fn index(self) -> Bytes {
        ((MAGIC.len() + 4 * usize::from(self.bucket)) as u64, 8)
    }

    /// Where the bucket is, by what stood at [`BreachedEntry::index`].
    pub fn bucket(self, index: [u8; 8]) -> Option<Bytes> {
        let [a, b, c, d, rest @ ..] = index;
        let (from, to) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(rest));
        let length = usize::try_from(to.checked_sub(from)?).ok()?.checked_mul(REST)?;
        Some((Self::HEADER as u64 + u64::from(from) * REST as u64, length))
    }

    /// Whether it stands among the bytes of its bucket.
    pub fn is_in(self, bucket: &[u8]) -> bool {
        bucket.chunks_exact(REST).any(|rest| rest == self.rest)
    }

    /// Whether a file of this length with this header is a whole list.
    pub fn is_list(header: &[u8], length: u64) -> bool {
        let last = header.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
        let whole = Self::HEADER as u64 + u64::from(last) * REST as u64;
        header.len() == Self::HEADER && header.starts_with(&MAGIC) && length == whole
    }

    /// The file of these entries.
    pub fn list(mut entries: Vec<Self>) -> Vec<u8> {
        entries.sort_unstable();
        entries.dedup();
        let mut file = MAGIC.to_vec();
        let mut before = 0_usize;
        for bucket in 0..=BUCKETS {
            let smaller = |entry: &Self| usize::from(entry.bucket) < bucket;
            before += entries.get(before..).map_or(0, |rest| rest.partition_point(smaller));
            file.extend(u32::try_from(before).unwrap_or(u32::MAX).to_le_bytes());
        }
        file.extend(entries.iter().flat_map(|entry| entry.rest));
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(file: &[u8], entry: BreachedEntry) -> bool {
        let read = |(at, length): Bytes| &file[usize::try_from(at).unwrap()..][..length];
        entry.is_in(read(entry.bucket(read(entry.index()).try_into().unwrap()).unwrap()))
    }

    #[test]
    fn what_was_listed_is_found_and_its_neighbours_are_not() {
        let hash = |n: u32| crate::digest(&n.to_be_bytes()).first_chunk().copied().unwrap();
        let edges = [[0; 20], [255; 20]];
        let all = (0..5000).map(hash).chain(edges).chain(edges).map(BreachedEntry::of);
        let file = BreachedEntry::list(all.clone().collect());
        assert_eq!(file.len(), BreachedEntry::HEADER + 5002 * REST, "each once");
        assert!(all.into_iter().all(|entry| is_in(&file, entry)));
        assert!((5000..10_000).map(hash).map(BreachedEntry::of).all(|entry| !is_in(&file, entry)));
        let none = BreachedEntry::list(Vec::new());
        assert!(!is_in(&none, BreachedEntry::of([255; 20])));

        for list in [&file, &none] {
            assert!(BreachedEntry::is_list(&list[..BreachedEntry::HEADER], list.len() as u64));
            assert!(!BreachedEntry::is_list(&list[..BreachedEntry::HEADER], list.len() as u64 - 1));
        }
        assert!(!BreachedEntry::is_list(&file[1..=BreachedEntry::HEADER], file.len() as u64));
        assert!(!BreachedEntry::is_list(&[], 0));
    }
}
