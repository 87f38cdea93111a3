//! Nothing: what counts are the features in `Cargo.toml`.
//!
//! SAM builds one function after the other, and Cargo gives a dependency the features that this one
//! function asks for. Where two ask for different ones, the dependency and all that stands on it are
//! compiled once more for each. So every function asks for the same, by this package. It adds no code:
//! what nobody calls is not linked. `tests/house/packages.rs` finds what has to be named here.
