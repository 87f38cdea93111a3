//! The customer's own profile, password and address.
