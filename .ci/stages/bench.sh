# The benchmark's tables, of the functions that `sam build` made. It measures their processes, not
# its own, so that its own build may be the tests'.
source .ci/common.sh
build_tools
work="$(mktemp -d)"
cargo build --locked --quiet --workspace --bin bench --test '*'
cp "$CARGO_TARGET_DIR/debug/bench" "$work/bench"
# Hello world, to compare with, as the functions were built.
(cd bench/hello && PATH="$PORTICO_CACHE/venv-build/bin:$PATH" cargo lambda build --release 2>&1 | tail -1)
cp "$CARGO_TARGET_DIR/lambda/hello/bootstrap" "$work/hello"
beside=()
if command -v npm > /dev/null; then
  npm_folder oidc-provider bench/oidc-provider
  beside=(--oidc-provider "$home")
fi
"$work/bench" --quick --no-build --sam "$PORTICO_CACHE/sam" "${beside[@]}"
