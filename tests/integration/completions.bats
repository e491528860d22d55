#!/usr/bin/env bats
# Completions, by asking the three shells what they would offer.
load ../lib/helper

setup() {
    clean_home "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/here/subdir"
    cd "$BATS_TEST_TMPDIR/here" || return
    : >file.json
}

# ask_bash WORD...: the line as bash cuts it; the last word is the one being typed.
ask_bash() {
    run bash --norc --noprofile -c '
        source "$1" && shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        read -r _ _ function _ < <(complete -p crdeploy)
        "$function" crdeploy "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$top/completions/crdeploy.bash" "$@"
}
ask_zsh() {
    command -v zsh >/dev/null || lacking zsh || return
    run zsh -f "$top/tests/lib/complete.zsh" "$top/completions" "$1"
}
# The candidates without their descriptions.
ask_fish() {
    command -v fish >/dev/null || lacking fish || return
    run fish --no-config -c 'source $argv[1]; complete -C $argv[2] | string replace -r "\t.*" ""' \
        "$top/completions/crdeploy.fish" "$1"
}
# offers WORD...: each is a whole line of what was offered.
offers() {
    local word
    for word; do
        grep -qxF -e "$word" <<<"$output" || { printf 'does not offer: %s\noffers: %s\n' "$word" "$output"; return 1; }
    done
}
offers_only() {
    offers "$@"
    [ "$(sort -u <<<"$output" | wc -l)" -eq $# ] || { printf 'offers: %s\n' "$output"; return 1; }
}

@test "bash: verbs" {
    ask_bash crdeploy dep
    offers_only deploy
    ask_bash crdeploy ''
    offers init check generate build deploy predict limits local config version help
}

@test "bash: the verbs of a group" {
    ask_bash crdeploy local ''
    offers_only up down status logs load
    ask_bash crdeploy config un
    offers_only unset
}

@test "bash: options of the verb, and of no other" {
    ask_bash crdeploy deploy --conc
    offers_only --concurrency=
    ask_bash crdeploy deploy --no-al
    offers_only --no-allow-unauthenticated
    ask_bash crdeploy limits --conc
    [ -z "$output" ]
}

@test "bash: values, with and without the equals sign that bash cuts off" {
    ask_bash crdeploy deploy --platform ''
    offers managed local
    ask_bash crdeploy deploy --platform = lo
    offers_only local
    ask_bash crdeploy deploy --platform =
    offers managed local
    ask_bash crdeploy deploy --color=a
    [ -z "$output" ] || offers auto always
}

@test "bash: files and directories" {
    ask_bash crdeploy check ''
    offers subdir
    ask_bash crdeploy build --template-dir s
    offers_only subdir
}

@test "bash: an option after an option with a value" {
    ask_bash crdeploy deploy --cpu 2 --mem
    offers_only --memory=
    ask_bash crdeploy deploy --cpu = 2 --mem
    offers_only --memory=
}

@test "zsh: verbs" {
    ask_zsh 'crdeploy dep'
    offers_only deploy
}

@test "zsh: the verbs of a group" {
    ask_zsh 'crdeploy local '
    offers up down status logs
}

@test "zsh: options" {
    ask_zsh 'crdeploy deploy --conc'
    offers --concurrency
    ask_zsh 'crdeploy deploy --no-al'
    offers --no-allow-unauthenticated
}

@test "zsh: values, with and without an equals sign" {
    ask_zsh 'crdeploy deploy --platform='
    offers managed local
    ask_zsh 'crdeploy deploy --platform lo'
    offers local
    ask_zsh 'crdeploy limits --color '
    offers auto always never
}

@test "zsh: directories" {
    ask_zsh 'crdeploy check s'
    offers subdir
}

@test "fish: verbs" {
    ask_fish 'crdeploy dep'
    offers_only deploy
}

@test "fish: the verbs of a group" {
    ask_fish 'crdeploy local '
    offers up down status logs
    ask_fish 'crdeploy local up '
    run grep -x down <<<"$output"
    ended 1
}

@test "fish: options of the verb, and of no other" {
    ask_fish 'crdeploy deploy --conc'
    offers --concurrency
    ask_fish 'crdeploy limits --conc'
    [ -z "$output" ]
}

@test "fish: values" {
    ask_fish 'crdeploy deploy --platform '
    offers_only managed local
    ask_fish 'crdeploy deploy --platform=l'
    offers --platform=local
}

@test "fish: directories and files" {
    ask_fish 'crdeploy check s'
    offers subdir/
    ask_fish 'crdeploy build --template-dir s'
    offers subdir/
}
