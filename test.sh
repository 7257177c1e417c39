#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. The last line is `N passed, N failed, N skipped`.
#   ./test.sh                everything
#   ./test.sh learn          the tests of one room (builds only what they need)
#   ./test.sh web-browser    one of the other suites: web-units, web-browser, segment-sdk, fuzz
set -uo pipefail
cd "$(dirname "$0")"
scripts/setup.sh || exit 1

export FURROW_BINARY="$PWD/build/furrow"
results=build/test-results shards=$(($(nproc) < 4 ? $(nproc) : 4))
# shard ROOM_TEST: its tests on up to four cores, a process each with every nth test; writes NAME.K.json and NAME.K.log. Fails if any did.
shard() {
  local test=$1 name pids=() k status=0
  name=$(basename "$test")
  rm -f "$results/$name".*
  for ((k = 0; k < shards; ++k)); do
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$k "$test" --gtest_output="json:$results/$name.$k.json" >"$results/$name.$k.log" 2>&1 &
    pids+=($!)
  done
  for k in "${pids[@]}"; do wait "$k" || status=$?; done
  return "$status"
}

passed=0 failed=0 skipped=0
# count PASSED FAILED SKIPPED NAME: adds one suite's counts; a suite that died counts as one failure.
count() {
  passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3))
  printf '  %-28s %4d passed %3d failed %3d skipped\n' "$4" "$1" "$2" "$3"
}

# Node suites (dashboard units, real browser, Segment's own SDK): one folder each with a package.json whose `test` script
# ends with Node's or our `# pass N` / `# fail N` / `# skipped N` lines.
node_suite() {
  local folder=$1 script=$2 name=$3 log
  log="$results/$name.log"
  [ -e "$folder/package.json" ] || return 0
  [ -e "$folder/node_modules/.package-lock.json" ] || (cd "$folder" && npm ci --silent --no-audit --no-fund) || { count 0 1 0 "$name (npm ci)"; return; }
  (cd "$folder" && timeout 600 npm run --silent "$script") >"$log" 2>&1
  local status=$? ok bad skips
  # Node's runner closes with "# pass N" (or "ℹ pass N"), vitest with "Tests  N passed | N skipped (N)".
  closing() { sed 's/\x1b\[[0-9;]*m//g' "$log" | sed -n -E "s/^(#|ℹ) $1 ([0-9]+)\$/\2/p; s/^ *Tests .*[^0-9]([0-9]+) $2.*/\1/p" | tail -1; }
  ok=$(closing pass passed); bad=$(closing fail failed); skips=$(closing skipped skipped)
  if [ -z "$ok" ] || { [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; }; then tail -40 "$log"; bad=$((${bad:-0} + 1)); fi
  [ "${bad:-0}" -gt 0 ] && grep -E '^ *(not ok|✖)|Error' -A12 "$log" | head -80
  count "${ok:-0}" "${bad:-0}" "${skips:-0}" "$name"
}

# Fuzz targets, briefly, each from its corpus.
fuzz() {
  [ "${FURROW_FUZZ_SECONDS:-5}" -gt 0 ] || return 0
  local ok bad
  scripts/fuzz.sh "${FURROW_FUZZ_SECONDS:-5}" >"$results/fuzz.log" 2>&1
  ok=$(grep -c '^fuzz: ok' "$results/fuzz.log"); bad=$(grep -c '^fuzz: FAILED' "$results/fuzz.log")
  [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && { tail -20 "$results/fuzz.log"; bad=1; }
  [ "$bad" -gt 0 ] && tail -60 "$results/fuzz.log"
  count "$ok" "$bad" 0 fuzz
}

# The suites that are not a room's, by the names they have in the list.
suite() {
  case "$1" in
    web-units) node_suite web test web-units ;;
    web-browser) node_suite web e2e web-browser ;;
    segment-sdk) node_suite tests/sdk test segment-sdk ;;
    fuzz) fuzz ;;
    *) return 1 ;;
  esac
}

if [ $# -gt 0 ]; then
  cmake --preset release >/dev/null || exit 1
  mkdir -p "$results"
  for room in "$@"; do
    if [[ " web-units web-browser segment-sdk fuzz " == *" $room "* ]]; then
      cmake --build build --target furrow || exit 1
      suite "$room"
      continue
    fi
    rooms=$(cmake --build build --target help | sed -n 's/^test_\([a-z0-9_]*\): .*/\1/p' | sort | paste -sd ' ')
    if [[ " $rooms " != *" $room "* ]]; then
      echo "no suite is called \"$room\"; there are: $rooms web-units web-browser segment-sdk fuzz" >&2
      exit 2
    fi
    cmake --build build --target "test_$room" || exit 1
    shard "build/tests/test_$room"
    status=$?
    cat "$results/test_$room".*.log
    [ "$status" -eq 0 ] || exit 1
  done
  [ "$failed" -eq 0 ] || exit 1
  exit 0
fi

scripts/build.sh || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
rm -rf "$results" && mkdir -p "$results"

# C++ rooms: GoogleTest, counted from its JSON reports.
for test in build/tests/test_*; do
  name=$(basename "$test") total=0 bad=0 skips=0
  shard "$test"
  status=$?
  for ((k = 0; k < shards; ++k)); do
    report="$results/$name.$k.json" log="$results/$name.$k.log"
    if [ ! -s "$report" ]; then tail -30 "$log"; bad=$((bad + 1)) total=$((total + 1)); continue; fi
    total=$((total + $(sed -n '2s/.*: \([0-9]*\),/\1/p' "$report")))
    bad=$((bad + $(sed -n '3s/.*: \([0-9]*\),/\1/p' "$report")))
    skips=$((skips + $(grep -c '"result": "SKIPPED"' "$report")))
    grep -E '^\[  FAILED  \]|: Failure' -A6 "$log" | head -80
  done
  [ "$skips" -gt 0 ] && grep -h -A3 'Skipped' "$results/$name".*.log | grep -vE '^--|: Skipped$|^\[|^$' | sort -u | head -10 | sed 's/^/    skipped: /'
  [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && { tail -n 5 "$results/$name".*.log; bad=1; }
  count $((total - bad - skips)) "$bad" "$skips" "$name"
done

for name in web-units web-browser segment-sdk fuzz; do suite "$name"; done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
