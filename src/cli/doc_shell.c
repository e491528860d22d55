/* Completions. Each shell gets static functions made from the tables: no program is run while the user types. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/doc.h"

/* Keys of the plan that are paths say so by their type, flags by their form. */
static enum opt_complete completes(const struct opt *o)
{
    if (o->edit)
        return cr_flags[o->edit - 1].form == CR_FORM_FILE ? OPT_C_FILE : OPT_C_NONE;
    if (o->complete || !o->key || cr_keys[o->key - 1].type != CR_T_PATH)
        return o->complete;
    return strcmp(opt_arg(o), "DIR") == 0 ? OPT_C_DIR : OPT_C_FILE;
}

typedef void each_option(const struct opt *o, const struct verb *v, FILE *out);

static void every_option(const struct verb *v, each_option *f, FILE *out)
{
    for (const struct opt *o = v->opts; o->type; o++)
        f(o, v, out);
    for (const struct opt *o = opt_common; o->type; o++)
        f(o, v, out);
}

/* The first word of a verb: "local" of "local up". */
static size_t first_len(const struct verb *v)
{
    return strcspn(v->name, " ");
}

/* Whether v is the first verb of its group: "local up" is, "local down" is not. */
static bool leads(const struct verb *const *v)
{
    return v == verbs || first_len(v[-1]) != first_len(*v) || strncmp(v[-1]->name, (*v)->name, first_len(*v)) != 0;
}

static void first_words(const char *separator, FILE *out)
{
    for (const struct verb *const *v = verbs; *v; v++)
        if (leads(v))
            fprintf(out, "%s%.*s", v == verbs ? "" : separator, (int)first_len(*v), (*v)->name);
}

/* The second words of the group that v leads. */
static void second_words(const struct verb *const *v, const char *separator, FILE *out)
{
    size_t n = first_len(*v);

    for (const struct verb *const *w = v; *w && first_len(*w) == n && strncmp((*w)->name, (*v)->name, n) == 0; w++)
        fprintf(out, "%s%s", w == v ? "" : separator, (*w)->name + n + 1);
}

static void words(const char *const *list, const char *separator, FILE *out)
{
    for (size_t i = 0; list[i]; i++)
        fprintf(out, "%s%s", i ? separator : "", list[i]);
}

static void bash_name(const struct opt *o, const struct verb *v, FILE *out)
{
    (void)v;
    fprintf(out, " --%s%s", opt_name(o), opt_is_flag(o) ? "" : "=");
    if (opt_has_no(o))
        fprintf(out, " --no-%s", opt_name(o));
}

static void bash_value(const struct opt *o, const struct verb *v, FILE *out)
{
    const char *const *choices = opt_choices(o);

    if (opt_is_flag(o) || (!choices && completes(o) == OPT_C_NONE))
        return;
    fprintf(out, "        '%s:--%s') ", v->name, opt_name(o));
    if (choices) {
        fputs("_crdeploy_words '", out);
        words(choices, " ", out);
        fputs("' ;;\n", out);
    } else {
        fprintf(out, "_crdeploy_files %s ;;\n", completes(o) == OPT_C_DIR ? "-d" : "-f");
    }
}

static void bash_verb(const struct verb *v, FILE *out)
{
    fprintf(out, "        '%s') options='", v->name);
    every_option(v, bash_name, out);
    fputs("'", out);
    if (v->arg_choices) {
        fputs("; arguments='", out);
        words(v->arg_choices, " ", out);
        fputs("'", out);
    }
    if (v->arg_complete)
        fprintf(out, "; files=%s", v->arg_complete == OPT_C_DIR ? "-d" : "-f");
    fputs(" ;;\n", out);
}

void doc_bash(FILE *out)
{
    fputs("# Completion of crdeploy for bash, generated from its option tables; 'make docs' writes it anew.\n"
          "_crdeploy_words() {\n    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n}\n"
          "_crdeploy_files() {\n    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")\n"
          "    compopt -o filenames 2>/dev/null\n}\n\n"
          "_crdeploy() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}\n"
          "    local options='' arguments='' files='' first\n"
          "    COMPREPLY=()\n"
          "    # bash cuts --option=value into three words\n"
          "    if [[ $current == = ]]; then\n        current=''\n"
          "    elif [[ $previous == = && COMP_CWORD -ge 3 ]]; then\n        previous=${COMP_WORDS[COMP_CWORD-2]}\n    "
          "fi\n"
          "    if ((COMP_CWORD == 1)); then\n        _crdeploy_words '",
          out);
    first_words(" ", out);
    fputs("'\n        return\n    fi\n    case $verb in\n", out);
    for (const struct verb *const *v = verbs; *v; v++) {
        if (!leads(v) || !strchr((*v)->name, ' '))
            continue;
        fprintf(out, "        %.*s)\n            if ((COMP_CWORD == 2)); then\n                _crdeploy_words '",
                (int)first_len(*v), (*v)->name);
        second_words(v, " ", out);
        fputs("'\n                return\n            fi\n            verb=\"$verb ${COMP_WORDS[2]}\" ;;\n", out);
    }
    fputs("    esac\n    case $verb:$previous in\n", out);
    for (const struct verb *const *v = verbs; *v; v++)
        every_option(*v, bash_value, out);
    fputs("        *) first=yes ;;\n    esac\n    [[ -n ${first-} ]] || return\n    case $verb in\n", out);
    for (const struct verb *const *v = verbs; *v; v++)
        bash_verb(*v, out);
    fputs("    esac\n"
          "    if [[ $current == -* ]]; then\n"
          "        _crdeploy_words \"$options\"\n"
          "        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
          "    elif [[ -n $arguments ]]; then\n        _crdeploy_words \"$arguments\"\n"
          "    elif [[ -n $files ]]; then\n        _crdeploy_files \"$files\"\n    fi\n"
          "    return 0\n}\ncomplete -F _crdeploy crdeploy\n",
          out);
}

/* Inside single quotes of zsh's _arguments a colon and brackets of a description are escaped. */
static void zsh_text(const char *s, FILE *out)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\''", out);
        else
            fprintf(out, strchr("[]:\\", *s) ? "\\%c" : "%c", *s);
    }
}

static void zsh_value(const char *arg, const char *const *choices, enum opt_complete complete, FILE *out)
{
    fputc(':', out);
    zsh_text(arg ? arg : "VALUE", out);
    fputc(':', out);
    if (choices) {
        fputc('(', out);
        words(choices, " ", out);
        fputc(')', out);
    } else if (complete) {
        fputs(complete == OPT_C_DIR ? "_files -/" : "_files", out);
    }
}

static void zsh_option(const struct opt *o, const struct verb *v, FILE *out)
{
    (void)v;
    for (int no = 0; no <= opt_has_no(o); no++) {
        fprintf(out, " \\\n                '%s--%s%s%s[", opt_repeats(o) ? "*" : "", no ? "no-" : "", opt_name(o),
                opt_is_flag(o) ? "" : "=");
        zsh_text(opt_help_text(o), out);
        fputc(']', out);
        if (!opt_is_flag(o))
            zsh_value(opt_arg(o), opt_choices(o), completes(o), out);
        fputc('\'', out);
    }
}

static void zsh_describe(const char *name, const char *summary, FILE *out)
{
    fprintf(out, "                '%s:", name);
    zsh_text(summary, out);
    fputs("'\n", out);
}

void doc_zsh(FILE *out)
{
    fputs("#compdef crdeploy\n# Completion of crdeploy for zsh, generated from its option tables; 'make docs' writes "
          "it anew.\n"
          "_crdeploy() {\n    local verb=${words[2]}\n    local -a choices\n    if ((CURRENT == 2)); then\n        "
          "choices=(\n",
          out);
    for (const struct verb *const *v = verbs; *v; v++) {
        char name[32];

        snprintf(name, sizeof(name), "%.*s", (int)first_len(*v), (*v)->name);
        if (leads(v))
            zsh_describe(name, (*v)->summary, out);
    }
    fputs("        )\n        _describe verb choices\n        return\n    fi\n    case $verb in\n", out);
    for (const struct verb *const *v = verbs; *v; v++) {
        size_t n = first_len(*v);

        if (!leads(v) || !(*v)->name[n])
            continue;
        fprintf(out, "        %.*s)\n            if ((CURRENT == 3)); then\n                choices=(\n", (int)n,
                (*v)->name);
        for (const struct verb *const *w = v; *w && strncmp((*w)->name, (*v)->name, n + 1) == 0; w++)
            zsh_describe((*w)->name + n + 1, (*w)->summary, out);
        fputs("                )\n                _describe verb choices\n                return\n            fi\n"
              "            verb=\"$verb ${words[3]}\"\n            shift words\n            ((CURRENT--)) ;;\n",
              out);
    }
    fputs("    esac\n    shift words\n    ((CURRENT--))\n    case $verb in\n", out);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(out, "        '%s')\n            _arguments", (*v)->name);
        every_option(*v, zsh_option, out);
        if ((*v)->max_args) {
            fprintf(out, " \\\n                '%s", (*v)->max_args == 1 ? ":" : "*");
            zsh_value(NULL, (*v)->arg_choices, (*v)->arg_complete, out);
            fputc('\'', out);
        }
        fputs(" ;;\n", out);
    }
    fputs("    esac\n}\n_crdeploy \"$@\"\n", out);
}

static void fish_text(const char *s, FILE *out)
{
    for (; *s; s++)
        fprintf(out, *s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
}

/* The condition under which the options of a verb are offered. */
static void fish_when(const struct verb *v, FILE *out)
{
    fprintf(out, "-n '__crdeploy_verb \"%s\"'", v->name);
}

static void fish_option(const struct opt *o, const struct verb *v, FILE *out)
{
    const char *const *choices = opt_choices(o);

    for (int no = 0; no <= opt_has_no(o); no++) {
        fputs("complete -c crdeploy ", out);
        fish_when(v, out);
        fprintf(out, " -l %s%s", no ? "no-" : "", opt_name(o));
        if (o->letter && !no)
            fprintf(out, " -s %c", o->letter);
        if (!opt_is_flag(o))
            fputs(choices ? " -x -a '" : completes(o) ? " -r -F" : " -x", out);
        if (choices) {
            words(choices, " ", out);
            fputc('\'', out);
        }
        fputs(" -d '", out);
        fish_text(opt_help_text(o), out);
        fputs("'\n", out);
    }
}

static void fish_words(const struct verb *const *v, FILE *out)
{
    size_t n = first_len(*v);

    if (leads(v)) {
        fprintf(out, "complete -c crdeploy -n '__crdeploy_words 1' -a %.*s -d '", (int)n, (*v)->name);
        fish_text((*v)->summary, out);
        fputs("'\n", out);
    }
    if ((*v)->name[n]) {
        fprintf(out, "complete -c crdeploy -n '__crdeploy_words 2 %.*s' -a %s -d '", (int)n, (*v)->name,
                (*v)->name + n + 1);
        fish_text((*v)->summary, out);
        fputs("'\n", out);
    }
}

void doc_fish(FILE *out)
{
    fputs(
        "# Completion of crdeploy for fish, generated from its option tables; 'make docs' writes it anew.\n"
        "function __crdeploy_words\n    set -l done (commandline -opc)\n"
        "    test (count $done) -eq $argv[1]; or return 1\n"
        "    test (count $argv) -eq 1; or test \"$done[2]\" = \"$argv[2]\"\nend\n"
        "function __crdeploy_verb\n    set -l done (commandline -opc)\n    set -l want (string split ' ' -- $argv[1])\n"
        "    test (count $done) -gt (count $want); or return 1\n"
        "    set -l last (math 1 + (count $want))\n    test \"$done[2..$last]\" = \"$argv[1]\"\nend\n"
        "complete -c crdeploy -f\n",
        out);
    for (const struct verb *const *v = verbs; *v; v++)
        fish_words(v, out);
    for (const struct verb *const *v = verbs; *v; v++) {
        every_option(*v, fish_option, out);
        if (!(*v)->arg_complete && !(*v)->arg_choices)
            continue;
        fputs("complete -c crdeploy ", out);
        fish_when(*v, out);
        if ((*v)->arg_choices) {
            fputs(" -a '", out);
            words((*v)->arg_choices, " ", out);
            fputs("'\n", out);
        } else {
            fputs((*v)->arg_complete == OPT_C_DIR ? " -a '(__fish_complete_directories)'\n" : " -F\n", out);
        }
    }
}
