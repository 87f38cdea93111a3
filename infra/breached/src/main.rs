//! Makes the file that `BREACHED_PASSWORDS` names: reads a corpus, writes the list.
//!
//! `breached [LEAST] < corpus > breached-passwords`. A line of the corpus is a SHA-1 in hexadecimal with
//! how often it was seen (`HASH:COUNT`, as Have I Been Pwned gives them out), or else a password. What was
//! seen less often than `LEAST` is left out: Lambda has room for some 70 million.

use std::io::{self, BufRead as _, Write as _};

use domain::{BreachedEntry, Password};

fn main() -> io::Result<()> {
    let least = std::env::args().nth(1).map_or(Ok(0), |least| least.parse()).map_err(io::Error::other)?;
    let mut entries = Vec::new();
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        entries.extend(entry(line.strip_suffix(b"\r").unwrap_or(&line), least));
    }
    io::stdout().lock().write_all(&BreachedEntry::list(entries))
}

/// What a line brings, if it was seen often enough. Bytes that are no text are nobody's password here.
fn entry(line: &[u8], least: u64) -> Option<BreachedEntry> {
    let line = std::str::from_utf8(line).ok().filter(|line| !line.is_empty())?;
    match hash(line) {
        Some((hash, count)) => (count >= least).then(|| BreachedEntry::of(hash)),
        None => Some(Password::new(line).breached_entry()),
    }
}

fn hash(line: &str) -> Option<([u8; 20], u64)> {
    let (digits, count) = line.split_once(':')?;
    if digits.len() != 40 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; 20];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some((hash, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_hash_that_was_seen_often_enough_or_a_password() {
        // SHA-1 of `password`.
        let known = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179";
        let password = Some(Password::new("password").breached_entry());
        assert_eq!(entry(known.as_bytes(), 52_256_179), password);
        assert_eq!(entry(known.to_lowercase().as_bytes(), 0), password);
        assert_eq!(entry(known.as_bytes(), 52_256_180), None);
        assert_eq!(entry(b"password", 1000), password);
        assert_eq!(entry(b"letmein:1", 1000), Some(Password::new("letmein:1").breached_entry()));
        assert_eq!((entry(b"", 0), entry(b"\xff\xfe", 0)), (None, None));
    }
}
