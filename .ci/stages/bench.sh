# The benchmark's table.
cargo run --locked --release -p bench
