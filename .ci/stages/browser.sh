# Passkeys in real Chromium, with its virtual authenticator, through the page that `local` serves:
# sign-up without a password, sign-in with nothing else and from the suggestions of a field, refusal
# without user verification; a mailed link to the same page. And two apps of two brands on the pages that
# Portico hosts: one sign-in, one way out.
source .ci/common.sh
chromium="${CHROMIUM:-/usr/bin/chromium}"
if [ ! -x "$chromium" ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium
fi

npm_folder browser tests/browser
work="$(mktemp -d)"
start_local "$work/local.log" --set EMAIL_SIGN_IN=on
for stories in passkeys sso; do
  node "$home/$stories.js" "$gateway" "$chromium" "$work" | tee -a "$work/result" || {
    echo "Pictures are in $work. What Portico said last:"; tail -40 "$work/local.log"; exit 1
  }
done
sed -nE 's/^browser: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$work/result" >> "$PORTICO_RESULTS"
