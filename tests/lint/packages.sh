#!/bin/bash
# README.md names the packages that the scripts install, and only those, with the same reasons.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=scripts/lib.sh
. "$top/scripts/lib.sh" || exit 1
table=$(sed -n '/^| needed for | package | what for |$/,/^$/p' "$top/README.md" | sed '1,2d;/^$/d; s/^| //; s/ |$//; s/`//g')
verdict "README's table of packages is that of scripts/lib.sh" "$(diff <(packages) <(printf '%s\n' "$table"))"
hints=$(grep -o 'z*lib[a-z0-9-]*-dev' "$top/configure.ac" | sort -u | comm -23 - <(packages_for test | sort -u))
verdict "every package configure asks for is installed by the scripts" "$hints"
done_testing
