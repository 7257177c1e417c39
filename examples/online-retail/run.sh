#!/usr/bin/env bash
# Imports UCI Online Retail, learns who orders in the next 7 days, and shows the honest quality beside a simple baseline.
#   examples/online-retail/run.sh FILE.csv[.gz] [FOLDER]   works in a copy of this workspace (build/online-retail unless
#   FOLDER says otherwise); the file stays as it is. FURROW names another program than build/furrow.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 1 ]; then
  echo "usage: run.sh FILE.csv[.gz] [FOLDER]; README.md says where the file comes from" >&2
  exit 2
fi
file=$(realpath "$1")
furrow=$(realpath "${FURROW:-$here/../../build/furrow}")
work=${2:-$here/../../build/online-retail}
[ -r "$file" ] || { echo "run.sh: $file cannot be read" >&2; exit 1; }
[ -x "$furrow" ] || { echo "run.sh: $furrow is not built; run ./test.sh or ./demo.sh first, or scripts/build.sh" >&2; exit 1; }
if [ -e "$work" ] && [ ! -e "$work/workspace.yaml" ]; then
  echo "run.sh: $work is there and is no workspace; give another folder" >&2
  exit 1
fi
rm -rf "$work"
mkdir -p "$work"
cp -r "$here"/{workspace.yaml,identity.yaml,sources,features,models} "$work"

echo "== check"
"$furrow" check "$work"
echo "== import (rows without a CustomerID are skipped and counted; so are, in each of the two, the other's rows)"
"$furrow" source import "$work" orders "$file"
"$furrow" source import "$work" cancellations "$file"
echo "== the simple baseline: days since the last order alone"
"$furrow" model train "$work" --name recency_only
echo "== the model: all features"
"$furrow" model train "$work" --name buys_7d
