#!/bin/sh
# A file holds one thought: a .c of 500 lines is refused, and no line is wider than 120 columns.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
verdict "no .c has 500 lines" "$(sources src templates tests | grep '\.c$' | while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -lt 500 ] || echo "$file: $lines lines"
done)"
verdict "no line is wider than 120 columns" "$(sources src templates tests | while read -r file; do
    LC_ALL=C.UTF-8 awk -v f="$file" 'length($0) > 120 {print f ":" NR ": " length($0) " columns"}' "$file"
done)"
done_testing
