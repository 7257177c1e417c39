#!/usr/bin/env bash
# Installs what building and testing Furrow needs on Debian 12: packages (as root or with sudo) and DuckDB's library from
# npm. Safe to run again: it does nothing when all is there. What each package is for: docs/dependencies.md.
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(
  ca-certificates g++ cmake ninja-build ccache pkg-config npm
  librocksdb-dev libjemalloc-dev libsqlite3-dev libxgboost-dev libeigen3-dev
  libsimdjson-dev libyaml-cpp-dev libfmt-dev libcli11-dev libboost-dev
  libicu-dev libphonenumber-dev libsodium-dev libssl-dev libcurl4-openssl-dev libdeflate-dev libroaring-dev zlib1g-dev
  libgtest-dev libgmock-dev
)
test_packages=(chromium fonts-noto-cjk clang libclang-rt-14-dev)
case "${1:-all}" in
  build) packages=("${build_packages[@]}") ;;
  all) packages=("${build_packages[@]}" "${test_packages[@]}") ;;
  *) echo "usage: scripts/setup.sh [build|all]" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  # A Node.js that did not come from Debian brings its own npm.
  if [ "$package" = npm ] && command -v npm >/dev/null && command -v node >/dev/null; then continue; fi
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "setup: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

lock=third_party/duckdb/package-lock.json
if ! cmp -s "$lock" third_party/duckdb/node_modules/.installed-lock; then
  echo "setup: installing DuckDB's library"
  (cd third_party/duckdb && npm ci --silent --no-audit --no-fund)
  cp "$lock" third_party/duckdb/node_modules/.installed-lock
fi
