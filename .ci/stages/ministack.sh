# The same tests against a second implementation of AWS that we did not write. Only the sweep of
# failures stays at home, as `local` makes the failures itself, before whichever AWS there is; and the
# bucket with Object Lock, which is `local`'s.
source .ci/common.sh
venv ministack ministack==1.5.33 'cryptography>=41'
work="$(mktemp -d)"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
(cd "$work" && BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 GATEWAY_PORT="$port" exec "$PORTICO_CACHE/venv-ministack/bin/ministack") > "$work/ministack.log" 2>&1 &
ministack=$!; started "$ministack"
for _ in $(seq 300); do
  kill -0 "$ministack" || { cat "$work/ministack.log"; exit 1; }
  (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
PORTICO_TEST_AWS="http://127.0.0.1:$port" cargo test --locked --workspace --test '*' -- --skip faults:: 2>&1 | tee "$work/tests.log"
count "$work/tests.log"
