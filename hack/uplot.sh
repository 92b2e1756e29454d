#!/usr/bin/env bash
# Puts the version of uPlot that report/html/uplot/VERSION names into that folder, as
# npm has it. With --check it only says whether what is there is that.
set -euo pipefail
cd "$(dirname "$0")/../report/html/uplot"
version=$(<VERSION)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent "uplot@$version" >/dev/null && tar xzf "uplot-$version.tgz")
for file in dist/uPlot.iife.min.js dist/uPlot.min.css LICENSE; do
  if [ "${1:-}" = --check ]; then
    cmp "$scratch/package/$file" "${file##*/}"
  else
    cp "$scratch/package/$file" "${file##*/}"
  fi
done
echo "uPlot $version"
