# SAM builds every function; each is small, needs no newer glibc than Amazon Linux 2023 has, and
# brings no aws-lc.
source .ci/common.sh
sam_tools; build_tools

for manifest in functions/*/Cargo.toml; do
  flow="$(basename "$(dirname "$manifest")")"
  if cargo tree --locked --edges normal,build --prefix none --package "$flow" | grep -E '^aws-lc'; then
    echo "$flow brings aws-lc: its first TLS connection would cost a quarter of a second"; exit 1
  fi
done

# The tools' own Python first: cargo-lambda asks the `python3` that it finds for zig.
export PATH="$PORTICO_CACHE/venv-build/bin:$PORTICO_CACHE/venv-sam/bin:$PATH"
# SAM builds one function after the other, and the link of each takes one core alone. They share
# every dependency's features, so that all at once gives the same binaries, which SAM then finds.
packages=()
for manifest in functions/*/Cargo.toml; do packages+=(--package "$(basename "$(dirname "$manifest")")"); done
cargo lambda build --release --quiet "${packages[@]}"
sam build --build-dir "$PORTICO_CACHE/sam" 2>&1 | grep -E '^(Building|Build |Error)|rror:'

python3 - "$PORTICO_CACHE/sam" <<'PYTHON'
import io, pathlib, re, subprocess, sys, zipfile

# The aim is 4 MB. Two functions validate JSON Schema, whose library is as large as all of AWS's; one knows
# passkeys, the world's phone numbers and how to draw a QR code.
AIM, GLIBC = 4_000_000, (2, 34)
LIMITS = {"Register": 4_500_000, "Profile": 4_500_000, "Factors": 4_500_000}
failed = False
print(f"{'function':12} {'binary':>10} {'zipped':>10}  glibc")
for binary in sorted(pathlib.Path(sys.argv[1]).glob("*/bootstrap")):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(binary, "bootstrap")
    symbols = subprocess.run(["objdump", "-T", binary], check=True, capture_output=True, text=True).stdout
    needed = max(tuple(map(int, v.split("."))) for v in re.findall(r"GLIBC_(\d+\.\d+)", symbols))
    zipped = len(buffer.getvalue())
    good = zipped <= LIMITS.get(binary.parent.name, AIM) and needed <= GLIBC
    failed |= not good
    print(f"{binary.parent.name:12} {binary.stat().st_size:>10,} {zipped:>10,}  {needed[0]}.{needed[1]}{'' if good else '  TOO MUCH'}")
sys.exit(failed)
PYTHON
