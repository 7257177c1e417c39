#!/usr/bin/env bash
# Installs what is missing, builds, and runs the main job on a simulated shop whose truth is known: seven dirty exports are
# imported, a model learns who buys after which offer, the server decides live, and the lift it measures is compared with
# the true one.
#   ./demo.sh          leaves the dashboard up (Ctrl-C stops it)
#   ./demo.sh --once   the same without staying up: prints the results table, exits 0 only if every step worked
# Settings by environment: DEMO_CUSTOMERS, DEMO_SEED, DEMO_RATE (visits a second), DEMO_SECONDS (of live traffic), DEMO_PORT.
set -euo pipefail
cd "$(dirname "$0")"

once=false
case "${1:-}" in
  "") ;;
  --once) once=true ;;
  *) echo "usage: ./demo.sh [--once]" >&2; exit 2 ;;
esac
customers=${DEMO_CUSTOMERS:-5000} seed=${DEMO_SEED:-1} rate=${DEMO_RATE:-400} live_seconds=${DEMO_SECONDS:-90} port=${DEMO_PORT:-8080}
here=build/demo shop=build/demo/shop logs=build/demo/logs
names=() results=() took=() figures=()
server="" traffic=""

stop_children() {
  for pid in $traffic $server; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in $traffic $server; do wait "$pid" 2>/dev/null || true; done
  server="" traffic=""
}
trap stop_children EXIT
trap 'exit 130' INT TERM

table() {
  local i failed=0
  printf '\n%-22s %-7s %8s  %s\n' step result seconds figures
  for i in "${!names[@]}"; do
    printf '%-22s %-7s %8s  %s\n' "${names[$i]}" "${results[$i]}" "${took[$i]}" "${figures[$i]}"
    [ "${results[$i]}" = ok ] || failed=1
  done
  return $failed
}

# step NAME COMMAND…: runs it, keeps its output in a log, and stops the demo with that log's end when it fails. The
# function figures_NAME, when there is one, turns the log into a few words for the table. A step's commands each say
# `|| return 1`: under `||` the shell does not stop by itself.
step() {
  local name=$1 log=$logs/${1// /_}.log begin status=0
  shift
  begin=$(date +%s.%N)
  printf '== %s\n' "$name"
  "$@" >"$log" 2>&1 || status=$?
  names+=("$name")
  took+=("$(echo "$begin $(date +%s.%N)" | awk '{printf "%.1f", $2 - $1}')")
  if [ $status -ne 0 ]; then
    results+=(failed) figures+=("exit $status, see $log")
    tail -n 25 "$log" >&2
    table || true
    exit 1
  fi
  local show=figures_${name// /_}
  results+=(ok)
  figures+=("$(if declare -F "$show" >/dev/null; then "$show" "$log" || true; else tail -n 1 "$log" | cut -c1-90; fi)")
  printf '   %s\n' "${figures[-1]}"
}

# number KEY FILE: the first number of that key in a JSON text.
number() { grep -o "\"$1\":-\{0,1\}[0-9.e+-]*" "$2" | head -n 1 | cut -d: -f2; }
percent() { awk -v x="$1" 'BEGIN {printf "%+.1f %%", 100 * x}'; }
points() { awk -v x="$1" 'BEGIN {printf "%+.2f", 100 * x}'; }

figures_simulate_exports() {
  printf '%s people, %s orders; at best %s more orders than the baseline' "$(number people "$1")" "$(number orders "$1")" "$(percent "$(number best_per_person "$logs/lifts")")"
}
figures_live_traffic() {
  printf 'true lift %s; measured %s points, interval %s to %s, truth %s points' "$(percent "$(number trueLift "$1")")" \
    "$(points "$(number diff "$1")")" "$(points "$(number anytimeLow "$1")")" "$(points "$(number anytimeHigh "$1")")" \
    "$(points "$(number trueDifference "$1")")"
}

simulate_exports() {
  build/furrow simulate files --out "$shop/data" --customers "$customers" --seed "$seed" --until "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --json || return 1
  grep -o '"lifts":.*' "$shop/data/truth_effects.json" >"$logs/lifts"
}

figures_import() { awk '/ rows, / { rows += $2; taken += $4 } END { printf "%d rows of seven sources, %d imported\n", rows, taken }' "$1"; }
import_sources() {
  local name
  for name in crm web_events orders email_platform support_tickets loyalty_cards dmp; do
    build/furrow source import "$shop" "$name" || return 1
  done
}

train_model() {
  local name
  for name in buys_7d offer_response; do
    build/furrow model train "$shop" --name "$name" || return 1
    build/furrow model promote "$shop" "$name" v0001 || return 1
  done
}

start_server() {
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    echo "port $port is taken; trying the next"
    port=$((port + 1))
  done
  build/furrow serve "$shop" --port "$port" >"$logs/server.log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    if grep -q 'listening on' "$logs/server.log"; then
      grep 'listening on' "$logs/server.log"
      return 0
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
  done
  cat "$logs/server.log"
  return 1
}

# Traffic until the overview shows a lift with an interval, within two minutes; the true lift must lie in the interval
# that is valid at every look.
live_traffic() {
  local log=$logs/live.json begin=$SECONDS
  while true; do
    build/furrow simulate live --url "http://127.0.0.1:$port" --workspace "$shop" --rate "$rate" --seconds "$live_seconds" \
      --seed "$((seed + SECONDS))" --truth "$here/live_truth.json" --json >"$log" || return 1
    cat "$log"
    if [ -n "$(number anytimeLow "$log")" ]; then break; fi
    if [ $((SECONDS - begin)) -gt 120 ]; then
      echo "after two minutes the overview shows no interval yet"
      return 1
    fi
  done
  [ "$(number failures "$log")" = 0 ] || { echo "some requests failed"; return 1; }
  grep -q '"anytimeCovered":true' "$log" || { echo "the measured interval does not hold the true lift"; return 1; }
}

echo "== set up and build (build/furrow)"
scripts/setup.sh build
scripts/build.sh furrow
rm -rf "$here"
mkdir -p "$logs"

step "init" build/furrow init "$shop" --template shop
step "simulate exports" simulate_exports
step "check" build/furrow check "$shop"
step "import" import_sources
step "train" train_model
step "verify" build/furrow verify "$shop"
step "serve" start_server
step "live traffic" live_traffic

if $once; then
  table
  exit
fi
table
echo
echo "The dashboard is at http://127.0.0.1:$port"
grep -i 'setup' "$logs/server.log" || true
echo "Weeks of visits came in $live_seconds seconds, so the models' page rightly warns that what people did in the last hour has drifted."
echo "Light traffic goes on. Ctrl-C stops everything."
build/furrow simulate live --url "http://127.0.0.1:$port" --workspace "$shop" --rate 10 --seconds 86400 --seed "$((seed + 1000))" \
  --truth "$here/live_truth.json" >"$logs/light_traffic.log" 2>&1 &
traffic=$!
wait "$server"
