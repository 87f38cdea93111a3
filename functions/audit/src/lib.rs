//! Seals acts into hash chains.
