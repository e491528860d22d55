#!/usr/bin/env bash
# make bench: how long a source takes to be packed and uploaded, beside others, in one run on one machine.
#
# What is timed, each as one command, the files in the page cache:
#   cat | sha256sum   the floor: every byte read once and summed by one core, nothing sent
#   tar | gzip        packed to nowhere, nothing sent
#   gcloud            gcloud builds submit --async, where there is a gcloud
#   crdeploy          crdeploy build --async, nothing known of the files
#   crdeploy again    the same once more: nothing has changed
# Settings of its own aim gcloud at loopback, below; it does not ensure a repository, which costs crdeploy a request.
# gcloud and crdeploy send to a crdeploy-local on loopback, started anew each time with nothing in it, and end when the build is
# created; what the build does is not timed. So a network would add the same to both, and the server's own work is in
# both. Everything but gcloud is run three times, and the median shown. Sizes: MIB (1024) and FILES (20000).
set -euo pipefail
: "${BUILD:=$PWD}" "${MIB:=1024}" "${FILES:=20000}"
tool=$BUILD/tests/bench/bench_tool
dir=$(mktemp -d "${TMPDIR:-/tmp}/crdeploy-bench.XXXXXX")
trap 'stop; rm -rf "$dir" 2>/dev/null || { sleep 1; rm -rf "$dir"; }' EXIT
trap 'exit 130' INT TERM
image=us-central1-docker.pkg.dev/local/crdeploy/bench
ours=(crdeploy build --platform local --async --tag "$image")
export PATH=$BUILD:$PATH LC_ALL=C.UTF-8

export HOME=$dir/home XDG_STATE_HOME=$dir/home/state XDG_CACHE_HOME=$dir/home/cache XDG_CONFIG_HOME=$dir/home/config
export CLOUDSDK_CONFIG=$dir/home/gcloud
daemon=$XDG_STATE_HOME/crdeploy/local/daemon.json

value() { sed -n "s/.*\"$1\": *\"*\([^\",}]*\).*/\1/p" "$daemon"; }

# Killed, not asked: it may be busy with a build that nobody waits for.
stop() {
    local pid
    [ -s "$daemon" ] || return 0
    pid=$(value pid)
    kill -KILL "$pid" 2>/dev/null || :
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

# A platform that has a bucket and a repository, and nothing of what is timed; and a home that knows nothing of it either.
fresh() {
    stop
    rm -rf "${dir:?}/home" 2>/dev/null || { sleep 1; rm -rf "${dir:?}/home"; }
    mkdir -p "$dir/home"
    (setsid crdeploy-local --port 0 --ingress-port 0 --runtime none >"$dir/daemon.log" 2>&1 &)
    until [ -s "$daemon" ]; do sleep 0.05; done
    (umask 077 && value token >"$dir/home/token")
    (cd "$dir/first" && "${ours[@]}") >"$dir/said" 2>&1 || { cat "$dir/said"; exit 1; }
}

with_gcloud() {
    local url
    url=$(value url)
    env CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE="$url/storage/v1/" CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD="$url/" \
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE="$dir/home/token" CLOUDSDK_CORE_PROJECT=local CLOUDSDK_CORE_DISABLE_PROMPTS=1 \
        CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1 CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1 \
        CLOUDSDK_SURVEY_DISABLE_PROMPTS=1 "$@"
}

# once COMMAND...: "seconds cpu KiB".
once() {
    if ! "$tool" run "$@" 2>"$dir/said"; then
        cat "$dir/said" >&2
        printf 'failed: %s\n' "$*" >&2
        return 1
    fi
}
# thrice PREPARE COMMAND...: the median.
thrice() {
    local prepare=$1
    shift
    for _ in 1 2 3; do
        $prepare >&2
        once "$@" || return
    done | sort -n | sed -n 2p
}

# row NAME "SECONDS CPU KIB"
row() {
    local seconds cpu kib
    read -r seconds cpu kib <<<"$2"
    awk -v n="$1" -v s="$seconds" -v c="$cpu" -v k="$kib" -v f="${floor%% *}" -v g="${theirs%% *}" 'BEGIN {
        printf "%-16s %9.2f %9.2f %9.1f %9.2f %9s\n", n, s, c, k / 1024, s / f, g == "" ? "-" : sprintf("%.1f", g / s) }'
}

# measure TITLE DIRECTORY
measure() {
    local new again packed
    theirs=
    cd "$2"
    # shellcheck disable=SC2016
    floor=$(thrice : sh -c 'find . -type f -print0 | xargs -0 cat | sha256sum')
    packed=$(thrice : sh -c 'tar -c . | gzip >/dev/null')
    if command -v gcloud >/dev/null; then
        fresh
        theirs=$(with_gcloud "$tool" run gcloud builds submit --async --tag "$image" . 2>"$dir/said") || {
            cat "$dir/said" >&2
            theirs=
        }
    fi
    new=$(thrice fresh "${ours[@]}")
    again=$(thrice : "${ours[@]}")
    printf '\n%s\n%-16s %9s %9s %9s %9s %9s\n' "$1" "" seconds "CPU s" "peak MiB" "x floor" "x faster"
    row "cat | sha256sum" "$floor"
    row "tar | gzip" "$packed"
    if [ -n "$theirs" ]; then row gcloud "$theirs"; else printf '%-16s %9s\n' gcloud "not here"; fi
    row crdeploy "$new"
    row "crdeploy again" "$again"
    cd /
}

mkdir "$dir/first" "$dir/weights" "$dir/sources"
printf 'FROM scratch\nCOPY . /\n' | tee "$dir/first/Dockerfile" "$dir/weights/Dockerfile" >"$dir/sources/Dockerfile"
"$tool" weights "$dir/weights/weights.bin" "$MIB"
"$tool" sources "$dir/sources" "$FILES"
touch -d '2020-01-01' "$dir"/weights/*
find "$dir/sources" -exec touch -d '2020-01-01' {} +
measure "$MIB MiB of weights" "$dir/weights"
measure "$FILES small files, $(du -sh --apparent-size "$dir/sources" | cut -f1)" "$dir/sources"
printf '\nx faster: than gcloud.\n'
