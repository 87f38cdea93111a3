# No warning anywhere.
cargo clippy --locked --workspace --all-targets -- -D warnings
