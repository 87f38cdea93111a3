# A certified relying party that we did not write, npm's openid-client 6, against a running Portico: discovery,
# codes with PKCE, pushed and signed requests, secrets and keys of clients, DPoP with and without nonces, refresh,
# reuse, revocation, introspection, userinfo, devices, logout. And the app of docs/app.md, as the page has it.
source .ci/common.sh
npm_folder relying-party tests/relying_party
work="$(mktemp -d)"
registry="$(node "$home/clients.js" "$work/credentials.json")"
start_local "$work/local.log" --set "CLIENTS=$registry"
export PORTICO_TUTORIAL="$PWD/docs/app.md" PORTICO_URL="$gateway" PORTICO_CREDENTIALS="$work/credentials.json"
start_local "$work/nonce.log" --set "CLIENTS=$registry" --set DPOP_NONCE=required
export PORTICO_URL_NONCE="$gateway"

stories=(); for name in sign_in proof devices log_out tutorial; do stories+=("$home/$name.js"); done
reports=(--test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$work/result")
node --test "${reports[@]}" "${stories[@]}" || {
  echo "What Portico said last:"; tail -40 "$work/local.log" "$work/nonce.log"; exit 1
}
awk '/^# (pass|fail) [0-9]+$/ { n[$2] = $3 } END { print n["pass"] + 0, n["fail"] + 0 }' "$work/result" >> "$PORTICO_RESULTS"
