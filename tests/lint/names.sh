#!/bin/sh
# A file name says one thing: it is unique within src, and a unit test is named for the module it tests.
# shellcheck source=tests/lint/tap.sh
. "$(dirname "$0")/tap.sh"
verdict "file names in src are unique" \
    "$(sources src | sed 's|.*/||' | grep -v '^main\.c$' | LC_ALL=C sort | uniq -d | sed 's/$/: two files of this name/')"

mirrors() {
    find "$top/tests/unit" -name 'test_*.c' 2>/dev/null | LC_ALL=C sort | while read -r test; do
        module=${test##*/test_}
        module=${module%.c}
        [ ! -d "$top/src/$module" ] || continue # a whole room
        # test_limits is of limits.c; test_gcp_run of gcp/run.c; test_server_task of templates/server/task.c.
        if ! sources src templates | grep -qE "/($module|${module%%_*}/${module#*_})\.[ch]$"; then
            echo "$test: there is no module '$module'"
        fi
    done
}
verdict "every unit test is named for a module" "$(mirrors)"
done_testing
