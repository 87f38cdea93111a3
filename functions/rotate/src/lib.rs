//! Owns the keys.
