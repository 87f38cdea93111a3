//! The whole system, as its users and its attackers meet it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say where they fail"
)]

mod at_rest;
mod attacks;
mod audit;
mod bad_input;
mod edge;
mod enumeration;
mod faults;
mod house;
mod openapi;
mod races;
mod relying_party;
mod rights;
mod routes;
mod strangers;
mod suspended;
