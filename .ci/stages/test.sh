# The tests, as the README runs them.
source .ci/common.sh
output="$(mktemp)"
cargo test --workspace 2>&1 | tee "$output"
count "$output"; rm -f "$output"
