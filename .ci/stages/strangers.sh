# Programs that we did not write, against a running Portico: PyJWT verifies its tokens, knowing
# nothing but discovery and key set; Python's zipfile and csv read a copy of everything; Schemathesis tries what the contract allows and what it forbids.
source .ci/common.sh
venv strangers schemathesis==4.32.5 'pyjwt[crypto]==2.15.1'
bin="$PORTICO_CACHE/venv-strangers/bin"
work="$(mktemp -d)"
start_local "$work/local.log"

"$bin/python" .ci/strangers/tokens.py "$gateway"
"$bin/python" .ci/strangers/copy_of_everything.py "$gateway"

strangers="$PWD/.ci/strangers"
cd "$work"
# The service that a local Portico makes up for each run may introspect.
PORTICO_SERVICE="$(grep -oE 'demo-service:[0-9a-f]+' "$work/local.log")"
export PORTICO_SERVICE PORTICO_URL="$gateway" SCHEMATHESIS_HOOKS=hooks PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$strangers" NO_COLOR=1
"$bin/schemathesis" --config-file "$strangers/schemathesis.toml" run "$gateway/openapi.json" || {
  echo "What Portico said last:"; tail -40 local.log; exit 1
}
