//! Stories of each flow, mirroring `functions/`.

mod audit;
mod factors;
mod login;
mod mailer;
mod passwordless;
mod profile;
mod recover;
mod register;
mod rotate;
mod session;
mod token;
mod verify;
mod wellknown;
