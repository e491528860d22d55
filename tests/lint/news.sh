#!/bin/sh
# NEWS.md opens with the version being built.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
version=$(sed -n 's/^AC_INIT(\[crdeploy\], \[\(.*\)\])$/\1/p' "$top/configure.ac")
first=$(grep -m 1 '^## ' "$top/NEWS.md")
case $first in
    "## $version" | "## $version "*) bad= ;;
    *) bad="NEWS.md: opens with '$first', the version is $version" ;;
esac
verdict "NEWS.md speaks of version $version" "$bad"
done_testing
