# Helpers of the stages; sourced.

# venv NAME REQUIREMENT…: a Python environment of its own, made once for these requirements.
venv() {
  local home="$PORTICO_CACHE/venv-$1"; shift
  if [ "$(cat "$home/.requirements" 2>/dev/null)" != "$*" ]; then
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet "$@"
    echo "$*" > "$home/.requirements"
  fi
}

sam_tools() { venv sam aws-sam-cli==1.170.0 cfn-lint==1.58.0; }
build_tools() { venv build cargo-lambda==1.9.2 ziglang==0.17.1; }

# npm_folder NAME FOLDER: the scripts of a folder beside the packages that its lockfile names; sets `home`.
npm_folder() {
  home="$PORTICO_CACHE/$1"
  mkdir -p "$home"
  if ! cmp -s "$2/package-lock.json" "$home/installed"; then
    cp "$2/package.json" "$2/package-lock.json" "$home/"
    (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --silent)
    cp "$2/package-lock.json" "$home/installed"
  fi
  cp "$2"/*.js "$home/"
}

# count FILE: adds up what cargo's test runner said in its closing lines.
count() {
  awk '/^test result: / { for (i = 2; i <= NF; i++) { if ($i == "passed;") passed += $(i-1); if ($i == "failed;") failed += $(i-1) } }
       END { print passed + 0, failed + 0 }' "$1" >> "$PORTICO_RESULTS"
}

# started PID: ends this process, and no other, when the stage does.
started() { pids+=("$1"); }
pids=()
end_all() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done; }
trap end_all EXIT

# wait_for FILE PATTERN PID: until the process has said it in its output.
wait_for() {
  for _ in $(seq 600); do
    grep -qE "$2" "$1" 2>/dev/null && return 0
    kill -0 "$3" 2>/dev/null || break
    sleep 0.1
  done
  echo "never said: $2"; cat "$1"; return 1
}

# start_local LOG [OPTION…]: a Portico of this checkout, on free ports, whose limits do not end a
# test; sets `gateway`.
start_local() {
  local log="$1" limits=(); shift
  for name in $(grep -rhoE 'LIMIT_[A-Z_]+' functions shared --include='*.rs' | sort -u); do
    limits+=(--set "$name=1000000")
  done
  # With the tests among the targets, so that features and so compilations are theirs.
  cargo build --locked --quiet --workspace --bin local --test '*'
  "$CARGO_TARGET_DIR/debug/local" --port 0 --aws-port 0 "${limits[@]}" "$@" > "$log" 2>&1 &
  started $!
  wait_for "$log" 'API +http' $!
  gateway="$(grep -oE 'API +http://localhost:[0-9]+' "$log" | grep -oE 'http.*')"
}
