//! Self-service registration.
