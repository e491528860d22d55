# Asks zsh what it would offer: zsh -f complete.zsh DIRECTORY "crdeploy dep". One candidate a line.
# A second zsh runs on a pseudo-terminal; there `compadd` also writes what it is given to a file.
zmodload zsh/zpty || exit 1
local dir=$1 line=$2 out=$(mktemp) setup=$(mktemp)
cat >$setup <<INNER
PS1= ; unsetopt zle_bracketed_paste 2>/dev/null
fpath=($dir \$fpath)
autoload -Uz compinit && compinit -u -D
zstyle ':completion:*' list-prompt ''
zstyle ':completion:*' menu no
compadd() {
    local -a found
    # with these the caller only wants to know; it calls again to offer
    if [[ " \$* " != *' -O '* && " \$* " != *' -A '* && " \$* " != *' -D '* ]]; then
        builtin compadd -A found "\$@"
        (( \$#found )) && print -rl -- \$found >>$out
    fi
    builtin compadd "\$@"
}
finished() { print END >>$out }
comppostfuncs=(finished)
bindkey '^I' list-choices
print READY >>$out
INNER
zpty shell zsh -f -i
zpty -w shell "source $setup"
repeat 600; do grep -q READY $out && break; sleep 0.05; done
zpty -w -n shell "$line"$'\t'
repeat 600; do grep -q END $out && break; sleep 0.05; done
zpty -d shell
grep -vxE 'READY|END' $out | sed 's/[[:space:]]*$//'
rm -f $out $setup
