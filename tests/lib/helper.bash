# Loaded by every bats file: crdeploy of this build, in an empty directory, with nothing of the user's own settings.
# Expects BUILD; srcdir only where a test reads the source.
BUILD=${BUILD:-$PWD}
top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# clean_home DIR: HOME, XDG directories and gcloud's below DIR, and no variable that would change what crdeploy does.
clean_home() {
    local name
    for name in $(compgen -e | grep -E '^(CRDEPLOY|CLOUDSDK|GOOGLE|GCE|XDG)_'); do unset "$name"; done
    export HOME=$1/home XDG_CONFIG_HOME=$1/config XDG_STATE_HOME=$1/state XDG_CACHE_HOME=$1/cache CLOUDSDK_CONFIG=$1/gcloud
    export NO_GCE_CHECK=true # no test asks the network whether this is a machine of Google's
    export CRDEPLOY_ENDPOINT_DOCKER_HUB=http://127.0.0.1:9 # and none the registry of the base image; nothing listens there
    mkdir -p "$HOME"
    PATH=$BUILD:$PATH
}

# A directory of its own for the test, and in it the question-answering example.
example() {
    mkdir -p "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work" || return
    crdeploy init distilbert --from tiny-distilbert-qa 2>/dev/null
}

# said TEXT...: the output has each of them; what it has instead is shown.
said() {
    local text
    for text; do
        [[ $output == *"$text"* ]] || { printf 'does not say: %s\nsays: %s\n' "$text" "$output"; return 1; }
    done
}
said_not() {
    [[ $output != *"$1"* ]] || { printf 'must not say: %s\nsays: %s\n' "$1" "$output"; return 1; }
}
# ended STATUS
ended() {
    [ "$status" -eq "$1" ] || { printf 'exit status %s, not %s: %s\n' "$status" "$1" "$output"; return 1; }
}
# never COMMAND...: it must fail. A plain `!` in the middle of a test would be ignored.
never() {
    if "$@"; then printf 'must not succeed: %s\n' "$*"; return 1; fi
}
# skip is a failure where everything is said to be there.
lacking() {
    [ -z "$NO_SKIP" ] || { echo "$1 is missing, and NO_SKIP is set"; return 1; }
    skip "$1 is missing"
}
