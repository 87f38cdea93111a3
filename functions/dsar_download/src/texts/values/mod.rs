//! What values are called that are words for programs, in each language: a kind of act that has none does not
//! compile.

pub(super) mod ar;
pub(super) mod de;
pub(super) mod en;
pub(super) mod es;
pub(super) mod fr;
