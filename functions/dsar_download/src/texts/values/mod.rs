//! What values are called that are words for programs, in each language: a kind of act that has none does not
//! compile.

pub(super) mod ar;
pub(super) mod de;
pub(super) mod en;
pub(super) mod es;
pub(super) mod fr;

/// What a span of time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Years,
    Months,
    Weeks,
    Days,
}

impl Unit {
    /// The unit of this letter (ISO 8601).
    pub(crate) fn of(letter: char) -> Option<Self> {
        match letter {
            'Y' => Some(Self::Years),
            'M' => Some(Self::Months),
            'W' => Some(Self::Weeks),
            'D' => Some(Self::Days),
            _ => None,
        }
    }
}
