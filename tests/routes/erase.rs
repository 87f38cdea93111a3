//! `functions/erase`.
