#!/usr/bin/env bash
# make bench: how long deploy and services describe take, beside gcloud, in one run on one machine.
#
# Both talk to one crdeploy-local on loopback (runtime none: a revision is a process of this machine), crdeploy by Cloud Run's
# second API, gcloud, where there is one, by the first. The image is there already; what is timed is a change of an environment
# variable, until the new revision serves, and one look at the service. So what a network adds is the number of round trips, which
# stands beside the time, times its delay. Medians of RUNS (5).
set -euo pipefail
: "${BUILD:=$PWD}" "${RUNS:=5}"
tool=$BUILD/tests/bench/bench_tool
dir=$(mktemp -d "${TMPDIR:-/tmp}/crdeploy-bench.XXXXXX")
export PATH=$BUILD:$PATH LC_ALL=C.UTF-8 CRDEPLOY_PLATFORM=local
export HOME=$dir/home XDG_STATE_HOME=$dir/home/state XDG_CACHE_HOME=$dir/home/cache XDG_CONFIG_HOME=$dir/home/config
export CLOUDSDK_CONFIG=$dir/home/gcloud
daemon=$XDG_STATE_HOME/crdeploy/local/daemon.json
trap 'crdeploy local down >/dev/null 2>&1 || :; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

value() { sed -n "s/.*\"$1\": *\"*\([^\",}]*\).*/\1/p" "$daemon"; }

# gcloud puts the region before the host, so no endpoint of its own can be named; by its proxy settings it comes here all the same.
with_gcloud() (
    url=$(value url)
    export CLOUDSDK_PROXY_TYPE=http CLOUDSDK_PROXY_ADDRESS=127.0.0.1 CLOUDSDK_PROXY_PORT="${url##*:}"
    export CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=http://run.googleapis.com/
    export CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE=http://serviceusage.googleapis.com/
    export CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=$dir/token CLOUDSDK_CORE_PROJECT=local CLOUDSDK_RUN_REGION=us-central1
    export CLOUDSDK_CORE_DISABLE_PROMPTS=1 CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1
    export CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1 CLOUDSDK_SURVEY_DISABLE_PROMPTS=1
    "$@" </dev/null
)

# median COMMAND...: "seconds cpu KiB". N in the command becomes the number of the run, so that each changes something.
median() {
    local n
    for n in $(seq "$RUNS"); do
        "$tool" run "${@//@N@/$n}" 2>"$dir/said" || {
            cat "$dir/said" >&2
            return 1
        }
    done | sort -n | sed -n "$(((RUNS + 1) / 2))p"
}

# trips PATTERN COMMAND...: how many requests the command sends, by its own trace.
trips() {
    local pattern=$1
    shift
    "$@" 2>&1 | grep -c -E "$pattern"
}

# row NAME "SECONDS CPU KIB" TRIPS
row() {
    local seconds cpu kib
    read -r seconds cpu kib <<<"$2"
    awk -v n="$1" -v s="$seconds" -v c="$cpu" -v k="$kib" -v t="$3" -v g="${theirs%% *}" 'BEGIN {
        printf "%-10s %9.3f %9.3f %9.1f %12d %9s\n", n, s, c, k / 1024, t, g == "" ? "-" : sprintf("%.0f", g / s) }'
}

# compare TITLE, then what crdeploy and gcloud are to do in the arrays ours and gcloud.
compare() {
    local mine count
    theirs=
    if command -v gcloud >/dev/null; then
        theirs=$(with_gcloud median gcloud "${gcloud[@]}")
        count=$(trips '^uri: ' with_gcloud gcloud "${gcloud[@]//@N@/trace}" --log-http)
    fi
    mine=$(median crdeploy "${ours[@]}")
    printf '\n%s\n%-10s %9s %9s %9s %12s %9s\n' "$1" "" seconds "CPU s" "peak MiB" "round trips" "x faster"
    if [ -n "$theirs" ]; then row gcloud "$theirs" "$count"; else printf '%-10s %9s\n' gcloud "not here"; fi
    row crdeploy "$mine" "$(trips '^.http. > (GET|POST|PATCH|PUT|DELETE) ' crdeploy "${ours[@]//@N@/trace}" --debug=http)"
}

mkdir -p "$dir/home" "$dir/model"
cd "$dir/model"
crdeploy local up --runtime none --port 0 --ingress-port 0 >/dev/null 2>&1
(umask 077 && value token >"$dir/token")
crdeploy init bench --from tensor-linear >/dev/null 2>&1
sed -i '/^samples:/,$d' crdeploy.yaml
crdeploy deploy >/dev/null 2>"$dir/said" || { cat "$dir/said" >&2; exit 1; }
image=$(crdeploy services describe bench --json | sed -n 's/.*"image": "\([^"]*\)".*/\1/p' | head -n 1)
cd /

ours=(deploy mine --image "$image" --set-env-vars RUN=@N@)
gcloud=(run deploy theirs --image "$image" --set-env-vars RUN=@N@)
crdeploy "${ours[@]}" >/dev/null 2>&1
compare "deploy: a new revision of a service, until it serves"
ours=(services describe mine)
gcloud=(run services describe mine)
compare "services describe"
printf '\nx faster: than gcloud.\n'
