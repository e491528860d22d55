#!/bin/sh
# Functions that are not used: the unbounded and the surprising ones anywhere, some others outside their place.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"

# banned WHERE FUNCTIONS [FILES THAT MAY]
banned() {
    sources $1 | while read -r file; do
        case " $3 " in *" ${file#"$top"/} "*) continue ;; esac
        skip=
        for place in $3; do
            case $place in */) case ${file#"$top"/} in "$place"*) skip=yes ;; esac ;; esac
        done
        [ -z "$skip" ] || continue
        code "$file" | grep -nE "(^|[^A-Za-z0-9_>.])($2) *\(" |
            while IFS=: read -r line _; do echo "$file:$line: uses one of $2"; done
    done
}
verdict "no function that cannot be used safely" \
    "$(banned "src templates tests" "strcpy|strcat|sprintf|vsprintf|strncpy|strtok|atoi|atol|gets|system|popen|localtime|gmtime|tmpnam|mktemp")"
verdict "only main ends the program" "$(banned "src templates" exit "src/main.c src/local/main.c templates/server/main.c templates/bootstrap/main.c")"
verdict "only ui, cli and main print" \
    "$(banned src "printf|vprintf|puts|putchar|perror" "src/ui/ src/cli/ src/main.c src/local/main.c")"
verdict "the environment is read in few places" \
    "$(banned src "getenv|secure_getenv" "src/cli/ src/ui/ui.c src/base/env.c src/base/file.c src/local/main.c")"
done_testing
