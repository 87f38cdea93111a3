//! `POST /oauth2/par` (RFC 9126): a client pushes its request, before it sends a browser.
