//! Verification of an address by code or link.
