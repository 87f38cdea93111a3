//! Stories of each flow, mirroring `functions/`.

mod audit;
mod erase;
mod eraser;
mod factors;
mod login;
mod mailer;
mod mfa;
mod passkey;
mod passwordless;
mod profile;
mod recover;
mod register;
mod rotate;
mod session;
mod step_up_example;
mod token;
mod verify;
mod wellknown;
