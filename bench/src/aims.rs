//! What was aimed for, and what came of it.

use crate::table::Table;

/// Aims, in the order in which they were judged.
#[derive(Default)]
pub(crate) struct Aims(Vec<Aim>);

struct Aim {
    what: String,
    wanted: String,
    found: String,
    is_met: bool,
    kind: Kind,
}

#[derive(PartialEq)]
enum Kind {
    Count,
    Time,
}

impl Aims {
    /// Judges something that is the same on every machine: missing it fails the run.
    pub(crate) fn count(&mut self, what: impl Into<String>, wanted: &str, found: impl ToString, is_met: bool) {
        self.push(Kind::Count, what.into(), wanted, found.to_string(), is_met);
    }

    /// Judges something that a busy machine can spoil.
    pub(crate) fn time(&mut self, what: impl Into<String>, wanted: &str, found: impl ToString, is_met: bool) {
        self.push(Kind::Time, what.into(), wanted, found.to_string(), is_met);
    }

    fn push(&mut self, kind: Kind, what: String, wanted: &str, found: String, is_met: bool) {
        self.0.push(Aim { what, wanted: wanted.to_owned(), found, is_met, kind });
    }

    /// Whether nothing countable was missed.
    pub(crate) fn counts_met(&self) -> bool {
        self.0.iter().all(|aim| aim.is_met || aim.kind == Kind::Time)
    }

    /// All of them.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new("Aims", &["what", "aim", "found", ""]);
        for Aim { what, wanted, found, is_met, .. } in &self.0 {
            let mark = if *is_met { "✓" } else { "✗" };
            table.row([what.clone(), wanted.clone(), found.clone(), mark.to_owned()]);
        }
        table
    }
}
