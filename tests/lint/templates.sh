#!/bin/bash
# What stands under templates/ is installed and goes into every context, and nothing else is: a file that is missing from
# the list of room.mk would be there in the tree and missing from a release.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
listed() {
    sed -n '/^nobase_dist_pkgdata_DATA/,/[^\\]$/p' "$top/templates/room.mk" | tr -d '\\' | tr ' ' '\n' | grep '^templates/' | LC_ALL=C sort
}
# Without what a build inside the tree leaves.
standing() {
    (cd "$top" && find templates -type f ! -path '*/.*' ! -name room.mk ! -name '*.o' ! -name '*.a' ! -name '*.gc??' \
        ! -name 'crdeploy-server-echo') | LC_ALL=C sort
}
verdict "templates/room.mk lists what stands under templates/" \
    "$(diff <(listed) <(standing) | sed -n 's/^> \(.*\)/\1: is not in the list of room.mk/p; s/^< \(.*\)/\1: is listed in room.mk, and not there/p')"
verdict "no file is listed twice" "$(listed | uniq -d | sed 's/$/: is there twice/')"
# The same kinds that src/core/render_tree.c takes.
verdict "every template is of a kind that goes into a context" \
    "$(standing | grep -vE '/(Makefile|[^/.][^/]*\.(c|h|sh|md|mustache|Dockerfile))$' | sed 's/$/: src\/core\/render_tree.c would leave it out/')"
done_testing
