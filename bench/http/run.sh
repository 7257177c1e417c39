#!/usr/bin/env bash
# /v1/decide against nginx's constant reply, and durable ingestion, on this machine in one run.
#   bench/http/run.sh [SECONDS]      needs nginx (Debian's nginx-light) and a built furrow
# Same load generator, same connections, one worker process or thread a core for both. Nothing else should run.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10}
connections=32
cores=$(nproc)
cmake --build build --target furrow http_setup http_load >/dev/null
folder=$(mktemp -d)
furrow_pid=""
finish() {
  [ -n "$furrow_pid" ] && kill "$furrow_pid" 2>/dev/null && wait "$furrow_pid" 2>/dev/null
  [ -s "$folder/nginx.pid" ] && kill "$(cat "$folder/nginx.pid")" 2>/dev/null
  rm -rf "$folder"
}
trap finish EXIT
load() { build/bench/http_load --connections "$connections" --seconds "$seconds" "$@"; }
number() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"; }

build/bench/http_setup "$folder/shop"
write_key=$(sed -n 's/^write_key=//p' "$folder/shop/.furrow/keys")
api_key=$(sed -n 's/^api_key=//p' "$folder/shop/.furrow/keys")
build/furrow serve "$folder/shop" --port 0 >"$folder/out" 2>"$folder/err" &
furrow_pid=$!
until grep -q listening "$folder/out"; do kill -0 "$furrow_pid" || { cat "$folder/err"; exit 1; }; sleep 0.1; done
port=$(sed -n 's/.*:\([0-9]*\)$/\1/p' "$folder/out" | head -1)
curl -fsS -X POST "http://127.0.0.1:$port/v1/models/bench/promote" -H "Authorization: Bearer $api_key" -d '{"version":"v0001"}' >/dev/null

nginx_port=$((port + 1))
cat >"$folder/nginx.conf" <<CONF
worker_processes $cores; pid $folder/nginx.pid; error_log $folder/nginx.err;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000;
  client_body_temp_path $folder/a; proxy_temp_path $folder/b; fastcgi_temp_path $folder/c; uwsgi_temp_path $folder/d; scgi_temp_path $folder/e;
  server { listen 127.0.0.1:$nginx_port; location / { default_type application/json; return 200 '{"decisionId":"constant"}'; } } }
CONF
nginx -c "$folder/nginx.conf" 2>/dev/null

echo "# ingestion: batches of 100, durable, profiles updated ($connections connections, $seconds s)"
ingest=$(load --port "$port" --path /v1/batch --body batch --header "Authorization: Basic $(printf '%s:' "$write_key" | base64 -w0)")
echo "$ingest"
echo "events/s: $(echo "$ingest" | awk -F'[:,]' '{ for (i = 1; i < NF; i++) { if ($i ~ /events/) e = $(i+1); if ($i ~ /seconds/) s = $(i+1) } printf "%.0f", e / s }')"
grep VmHWM "/proc/$furrow_pid/status"

echo "# nginx, constant reply"
nginx=$(load --port "$nginx_port" --get --path /); echo "$nginx"
echo "# furrow /v1/decide: 20 actions, 200 trees, 50 features"
decide=$(load --port "$port" --header "Authorization: Bearer $api_key"); echo "$decide"
full=$(echo "$decide" | number rate)
awk -v f="$full" -v n="$(echo "$nginx" | number rate)" 'BEGIN { printf "ratio to nginx: %.2f (needed: 0.30)\n", f / n }'
echo "# furrow /v1/decide at half load, and by turns nginx's constant reply at the same rate: what this machine adds to any server"
for turn in 1 2 3; do
  echo "furrow $(load --port "$port" --header "Authorization: Bearer $api_key" --rate "$((full / 2))")"
  echo "nginx  $(load --port "$nginx_port" --get --path / --rate "$((full / 2))")"
done
