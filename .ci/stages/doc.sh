# The documentation builds, and its links lead somewhere.
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
