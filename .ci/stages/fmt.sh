# The code is formatted.
cargo fmt --all --check
