//! Sign-in with address and password.
