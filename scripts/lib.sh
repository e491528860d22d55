# shellcheck shell=bash
# Set-up shared by demo and test: Debian packages, then autotools out of tree. Sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What is needed for what, one package a line: when (build, demo or test; each includes those before it), package, reason.
# The names hold on Debian 12 (bookworm) and 13 (trixie). README.md shows the same table; tests/lint/packages.sh compares.
packages() {
    cat <<'TABLE'
build | autoconf | writes configure
build | automake | writes Makefile.in and the TAP driver
build | gcc | the C compiler
build | libc6-dev | headers of the C library
build | libarchive-dev | packs and unpacks build contexts
build | libcurl4-openssl-dev | speaks HTTPS to Google
build | libjansson-dev | JSON
build | libmicrohttpd-dev | HTTP server of the local platform and of the model server
build | libssl-dev | digests, signatures, certificates
build | libutf8proc-dev | Unicode for the tokenizer
build | libyaml-dev | reads crdeploy.yaml
build | make | runs the build
build | pkgconf | finds the libraries
build | zlib1g-dev | compresses build contexts
demo | buildah | builds images without a daemon
demo | ca-certificates | trusts the servers images are pulled from
demo | curl | asks the deployed model from outside
demo | mmdebstrap | makes the base image when no registry answers
demo | podman | runs containers
demo | runc | container runtime that also knows cgroup v1
demo | slirp4netns | network of each container, closed to the machine
demo | uidmap | user ids of containers without root
test | bats | runs the tests written in shell
test | clang | second compiler
test | clang-format | checks the layout of the C code
test | clang-tidy | looks for mistakes in the C code
test | cppcheck | looks for mistakes in the C code
test | fish | asks fish for completions
test | jq | reads JSON in the tests written in shell
test | libclang-rt-dev | libFuzzer, for make fuzz
test | libcmocka-dev | the unit tests' library
test | mandoc | checks the manual pages
test | procps | looks for processes that should be gone
test | python3 | makes the tensor example's graph again, to compare
test | python3-venv | fetches the validator of SBOMs from PyPI
test | shellcheck | looks for mistakes in shell scripts
test | valgrind | looks for leaks and bad reads
test | xz-utils | packs the release that distcheck tries
test | zsh | asks zsh for completions
TABLE
}

# packages_for demo: the names, one a line.
packages_for() {
    case $1 in
        build) set -- '^build ' ;;
        demo) set -- '^(build|demo) ' ;;
        *) set -- '^(build|demo|test) ' ;;
    esac
    packages | grep -E "$1" | cut -d'|' -f2 | tr -d ' '
}

# Names on standard input that are not installed.
missing() {
    local have
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
    sort -u | comm -23 - <(printf '%s\n' "$have")
}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# A long command: one line while it runs, its log only when it fails.
quietly() {
    local what=$1 log=$2 began=$SECONDS
    shift 2
    printf '%s ... ' "$what" >&2
    if "$@" >"$log" 2>&1 </dev/null; then
        say "$((SECONDS - began)) s"
    else
        say failed
        tail -n 40 "$log" >&2
        die "the whole log: $log"
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

# setup demo: installs what is missing, and nothing when nothing is.
setup() {
    local want log=$top/build/apt.log
    command -v dpkg-query >/dev/null || die "this needs Debian 12 or later; elsewhere, install what README.md lists and run make"
    mapfile -t want < <(packages_for "$1" | missing)
    [ ${#want[@]} -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        die "packages are missing; run this as root, or first: apt-get install ${want[*]}"
    say "missing packages: ${want[*]}"
    [ "$(id -u)" -eq 0 ] || sudo -v
    mkdir -p "$top/build"
    # A source that does not answer matters only when a package is then not found.
    quietly "apt-get update" "$log" as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -q update || :'
    quietly "apt-get install" "$log" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qy -o DPkg::Lock::Timeout=120 install --no-install-recommends "${want[@]}"
}

# compile DIR [CONFIGURE-ARGUMENT...]: configures when needed, then makes what changed.
compile() {
    local dir=$top/$1 args="${*:2}"
    shift
    mkdir -p "$dir"
    if [ ! -x "$top/configure" ] || [ -n "$(newer "$top/configure")" ]; then
        quietly "autoreconf" "$dir/autoreconf.log" autoreconf -fi "$top"
    fi
    if [ ! -f "$dir/Makefile" ] || [ "$(cat "$dir/.arguments" 2>/dev/null)" != "$args" ]; then
        quietly "configure $args" "$dir/configure.log" env -C "$dir" ../configure "$@"
        printf '%s' "$args" >"$dir/.arguments"
    fi
    quietly "make ($(basename "$dir"))" "$dir/make.log" make -C "$dir" -j"$(nproc)"
}

# What configure is made from, where that is younger than configure.
newer() {
    find "$top/configure.ac" "$top/Makefile.am" "$top"/*/room.mk "$top"/src/*/room.mk -newer "$1" 2>/dev/null
}
