//! Sends the outbox.
