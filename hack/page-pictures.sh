#!/usr/bin/env bash
# Takes pictures of a report.html, to be looked at: light, dark, on a phone, on paper.
#   hack/page-pictures.sh REPORT.html FOLDER [ID of what to show]
set -euo pipefail
cd "$(dirname "$0")/.."
page=$(realpath "${1:?the page}") folder=$(mkdir -p "${2:?a folder for the pictures}" && realpath "$2")
command -v chromium >/dev/null || { echo "there is no chromium; cure: apt-get install chromium" >&2; exit 1; }
go test -count=1 -run '^TestPictures$' ./report/html -args -page "$page" -pictures "$folder" -at "${3:-}"
if command -v pdftoppm >/dev/null; then
  pdftoppm -r 60 -png -l 4 "$folder/paper.pdf" "$folder/paper"
fi
ls "$folder"
