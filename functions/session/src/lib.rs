//! Sessions of the signed-in customer.
