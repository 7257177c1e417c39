#!/usr/bin/env bash
# Builds the fuzz targets (clang's libFuzzer with AddressSanitizer) and runs each for SECONDS from its corpus.
#   scripts/fuzz.sh 10            all targets, 10 s each
#   scripts/fuzz.sh 600 event     one target for ten minutes
# FURROW_FUZZ_SEED chooses other inputs (1 when absent, so that a brief run is the same everywhere).
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10}; only=${2:-}
cmake --preset fuzz >/dev/null || { echo "fuzz: FAILED to configure"; exit 1; }
cmake --build build-fuzz --target fuzz || { echo "fuzz: FAILED to build"; exit 1; }
failed=0
for target in build-fuzz/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  [ -n "$only" ] && [ "$only" != "$name" ] && continue
  work=$(mktemp -d)
  # New inputs go to the first folder; the committed corpus is read only.
  if "$target" -seed="${FURROW_FUZZ_SEED:-1}" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/" "$work" "fuzz/corpus/$name" >"$work/log" 2>&1; then
    echo "fuzz: ok $name: $(grep -oE 'Done [0-9]+ runs' "$work/log" | tail -1)"
  else
    echo "fuzz: FAILED $name"; tail -30 "$work/log"; failed=1
  fi
  rm -rf "$work"
done
exit $failed
