//! What was found, and where.

use std::fmt;

use serde::Serialize;

/// What was verified, and what of it is not as it should be.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// How many entries were verified.
    pub entries: u64,
    /// How many roots.
    pub roots: u64,
    /// How many copies of roots.
    pub copies: u64,
    /// How many entries have reached the end of their lifetime and are gone.
    pub expired: u64,
    /// What was tampered with.
    pub findings: Vec<Finding>,
    /// What is no tampering, and can hide some.
    pub warnings: Vec<Warning>,
}

/// How something is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It says something else than what was sealed.
    Changed,
    /// It is not there any more.
    Removed,
    /// It was not sealed.
    Added,
    /// It stands in another's place, and the other in its.
    Swapped,
    /// It stands in somebody else's partition, or under another act's name.
    Moved,
    /// The chain is another than the one that was signed.
    Rewritten,
    /// The chain ends before what was signed.
    Truncated,
    /// The permanent key did not sign it, or not as it stands there.
    Forged,
}

/// Something that was tampered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How.
    pub kind: Kind,
    /// In which chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<u8>,
    /// Which entry of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Which hour's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<String>,
    /// In words.
    pub what: String,
}

/// Something that whoever runs the deployment should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Which hour's root it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<String>,
    /// In words.
    pub what: String,
}

impl Report {
    pub(crate) fn entry(&mut self, kind: Kind, chain: u8, seq: u64, what: impl Into<String>) {
        self.findings.push(Finding { kind, chain: Some(chain), seq: Some(seq), hour: None, what: what.into() });
    }

    pub(crate) fn root(&mut self, kind: Kind, hour: &str, what: impl Into<String>) {
        let hour = Some(hour.to_owned());
        self.findings.push(Finding { kind, chain: None, seq: None, hour, what: what.into() });
    }

    pub(crate) fn item(&mut self, kind: Kind, what: impl Into<String>) {
        self.findings.push(Finding { kind, chain: None, seq: None, hour: None, what: what.into() });
    }

    pub(crate) fn warn(&mut self, hour: Option<&str>, what: impl Into<String>) {
        self.warnings.push(Warning { hour: hour.map(str::to_owned), what: what.into() });
    }
}

/// So many of something.
pub(crate) fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = counted(self.entries, "entry", "entries");
        let (roots, copies) = (counted(self.roots, "root", "roots"), counted(self.copies, "copy", "copies"));
        let expired = counted(self.expired, "entry is past its", "entries are past their");
        write!(f, "{entries}, {roots} and {copies} verified; {expired} lifetime.")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.chain, self.seq, &self.hour) {
            (Some(chain), Some(seq), _) => write!(f, "chain {chain}, seq {seq}: {}", self.what),
            (_, _, Some(hour)) => write!(f, "root {hour}: {}", self.what),
            _ => f.write_str(&self.what),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hour {
            Some(hour) => write!(f, "root {hour}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let report =
            |count| Report { entries: count, roots: count, copies: count, expired: count, ..Report::default() };
        assert_eq!(report(1).to_string(), "1 entry, 1 root and 1 copy verified; 1 entry is past its lifetime.");
        assert_eq!(
            report(0).to_string(),
            "0 entries, 0 roots and 0 copies verified; 0 entries are past their lifetime."
        );
        assert_eq!(
            report(2).to_string(),
            "2 entries, 2 roots and 2 copies verified; 2 entries are past their lifetime."
        );
    }
}
