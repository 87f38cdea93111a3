# Each function as Lambda runs it: what `sam build` made, under Lambda's own runtime emulator, answers
# its events as `events/expected.json` says, with a running `local` for AWS.
source .ci/common.sh
sam_tools
work="$(mktemp -d)"
start_local "$work/local.log" --env-vars "$work/functions.json"
rie="$("$PORTICO_CACHE/venv-sam/bin/python" -c 'import pathlib, samcli; print(pathlib.Path(samcli.__file__).parent / "local/rapid/aws-lambda-rie-x86_64")')"
python3 .ci/emulator.py "$rie" "$PORTICO_CACHE/sam" "$work/functions.json" | tee "$work/result"
sed -nE 's/^emulator: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$work/result" >> "$PORTICO_RESULTS"
