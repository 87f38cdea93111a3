//! Stories of each flow, mirroring `functions/`.

mod acts;
mod audit;
mod ceremonies;
mod consent;
mod erase;
mod eraser;
mod factors;
mod login;
mod mailer;
mod mfa;
mod passkey;
mod passwordless;
mod policy;
mod profile;
mod recover;
mod register;
mod roots;
mod rotate;
mod session;
mod sms;
mod step_up_example;
mod token;
mod verify;
mod wellknown;
