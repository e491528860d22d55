#!/bin/sh
# The repository speaks of the project alone: no path of somebody's machine, no marker of work left undone.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
# Written in pieces, so that this file does not find itself.
paths='(^|[^A-Za-z0-9_}])(/wor''k/|/roo''t/|/hom''e/[a-z]+/|/tmp/bas''h_)'
markers='\b(TO''DO|FIX''ME|XX''X|HA''CK)\b|not implemente''d'
found() {
    written | grep -vE '/(corpus|data)/|\.(json|txt|ids)$' | xargs -r grep -nHIE "$1" | cut -c1-200
}
verdict "no path of one machine" "$(found "$paths")"
verdict "nothing is marked as left undone" "$(found "$markers")"
verdict "no line ends in blanks" "$(sources src templates tests | xargs -r grep -nHE '[[:blank:]]+$' | cut -c1-120)"
done_testing
