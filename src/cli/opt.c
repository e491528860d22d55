#include "cli/opt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

const struct opt opt_common[] = {
    {0, "json", OPT_FLAG(struct opt_shared, json), .help = "Print exactly one JSON document on stdout, errors too"},
    {'q', "quiet", OPT_FLAG(struct opt_shared, quiet), .help = "Show only results, warnings and errors"},
    {0, "color", OPT_STR(struct opt_shared, color), .arg = "WHEN", .env = "CRDEPLOY_COLOR",
     .help = "Colour messages: auto, always or never; NO_COLOR is honoured",
     .choices = (const char *const[]){"auto", "always", "never", NULL}},
    {0, "debug", OPT_STR(struct opt_shared, debug), .arg = "AREAS", .env = "CRDEPLOY_DEBUG",
     .help = "Trace these areas on stderr: all, or a list of http, auth, pack; secrets are masked"},
    {'h', "help", OPT_FLAG(struct opt_shared, help), .help = "Show this help"},
    OPT_END,
};

/* Texts that are made here, freed by opt_release(). */
static char **made;
static size_t made_len;

static const char *keep(char *text)
{
    made = cr_realloc(made, (made_len + 1) * sizeof(*made));
    return made[made_len++] = text;
}

/* Whether the verb stands behind gcloud's "beta". */
static bool is_beta;

void opt_beta(bool beta)
{
    is_beta = beta;
}

static const struct cr_key_row *row_of(const struct opt *o)
{
    return o->key ? &cr_keys[o->key - 1] : NULL;
}

static const struct cr_flag_row *flag_of(const struct opt *o)
{
    return o->edit ? &cr_flags[o->edit - 1] : NULL;
}

const char *opt_name(const struct opt *o)
{
    return o->edit ? flag_of(o)->name : o->name;
}

const char *opt_help_text(const struct opt *o)
{
    return o->help ? o->help : o->edit ? flag_of(o)->help : o->key ? row_of(o)->help : NULL;
}

const char *opt_arg(const struct opt *o)
{
    return o->arg ? o->arg : o->edit ? flag_of(o)->arg : o->key ? row_of(o)->arg : NULL;
}

const char *const *opt_choices(const struct opt *o)
{
    return o->choices ? o->choices : o->edit ? flag_of(o)->choices : o->key ? row_of(o)->choices : NULL;
}

/* A flag that is also a key of the manifest is set by the key's variable. */
const char *opt_env(const struct opt *o)
{
    if (o->env)
        return o->env;
    if (o->edit)
        return flag_of(o)->key ? cr_keys[flag_of(o)->key].env : NULL;
    return o->key ? row_of(o)->env : NULL;
}

bool opt_is_flag(const struct opt *o)
{
    if (o->edit)
        return flag_of(o)->form == CR_FORM_SWITCH || flag_of(o)->form == CR_FORM_BOOL;
    return o->type == OPT_T_FLAG || (o->key && row_of(o)->type == CR_T_BOOL);
}

bool opt_has_no(const struct opt *o)
{
    if (o->edit)
        return flag_of(o)->form == CR_FORM_BOOL;
    return o->negatable || (o->key && row_of(o)->type == CR_T_BOOL);
}

bool opt_repeats(const struct opt *o)
{
    return o->type == OPT_T_LIST || (o->edit && flag_of(o)->many) || (o->key && row_of(o)->type == CR_T_MAP);
}

static int wrong_choice(const struct opt *o, const char *text, struct cr_error *err)
{
    CR_AUTO_FREE char *all = cr_strdup("");
    const char *const *choices = opt_choices(o), *near = cr_nearest(text, choices);

    for (const char *const *c = choices; *c; c++) {
        char *more = cr_format("%s%s%s", all, *all ? ", " : "", *c);

        free(all);
        all = more;
    }
    cr_fail(err, CR_E_USAGE, "--%s does not take '%s'", opt_name(o), text);
    return near ? cr_hint(err, "did you mean '%s'? It takes %s", near, all) : cr_hint(err, "it takes %s", all);
}

/* An option of the plan: its text goes into the layer, and its name beside it; texts of a mapping are joined. */
static void store_plan(const struct opt *o, const char *text, const char *where, void *into)
{
    size_t key = (size_t)o->key - 1;
    struct cr_layer *layer =
        (struct cr_layer *)((char *)into + o->offset - key * sizeof(const char *) - offsetof(struct cr_layer, text));
    const char *was = layer->text[key];

    if (row_of(o)->type == CR_T_MAP && was)
        text = keep(cr_format("%s,%s", was, text));
    layer->text[key] = text;
    layer->where[key] = where;
}

/* The place of an edit is the option as it was typed, without the value. */
static int store_edit(const struct opt *o, const char *text, const char *where, struct cr_edits *at,
                      struct cr_error *err)
{
    bool takes_text = flag_of(o)->form != CR_FORM_SWITCH;

    if (cr_edits_add(at, o->edit - 1, takes_text ? text : NULL, keep(cr_strndup(where, strcspn(where, "="))), err) < 0)
        return -1;
    at->row[at->len - 1].beta = is_beta;
    return 0;
}

static int store(const struct opt *o, const char *text, const char *where, void *into, struct cr_error *err)
{
    void *at = (char *)into + o->offset;
    const char *const *c = opt_choices(o);
    struct opt_list *list = at;
    char *end;

    while (c && *c && !(o->key ? cr_key_same(o->key - 1, *c, text) : strcmp(*c, text) == 0))
        c++;
    if (c && !*c)
        return wrong_choice(o, text, err);
    if (o->key) {
        store_plan(o, text, where, into);
        return 0;
    }
    switch (o->type) {
    case OPT_T_FLAG:
        *(bool *)at = strcmp(text, "true") == 0;
        return 0;
    case OPT_T_STR:
        *(const char **)at = text;
        return 0;
    case OPT_T_INT:
        errno = 0;
        *(int64_t *)at = strtoll(text, &end, 10);
        if (errno || end == text || *end) {
            cr_fail(err, CR_E_USAGE, "--%s wants a whole number, not '%s'", opt_name(o), text);
            return cr_hint(err, "write digits only: --%s=10", opt_name(o));
        }
        return 0;
    case OPT_T_LIST:
        if (list->len == OPT_LIST_MAX)
            return cr_fail(err, CR_E_USAGE, "--%s is given more than %d times", opt_name(o), OPT_LIST_MAX);
        list->item[list->len++] = text;
        return 0;
    case OPT_T_EDIT:
        return store_edit(o, text, where, at, err);
    case OPT_T_END:
        break;
    }
    return cr_fail(err, CR_E_USAGE, "--%s has a broken table row", opt_name(o));
}

/* Matches "-r", "--region" and "--no-traffic"; n is the length of the word before any '='. */
static bool matches(const struct opt *o, const char *word, size_t n, bool *no)
{
    size_t len = strlen(opt_name(o));

    *no = false;
    if (word[1] != '-')
        return n == 2 && word[1] == o->letter;
    if (n == len + 2 && memcmp(opt_name(o), word + 2, len) == 0)
        return true;
    *no = opt_has_no(o) && n == len + 5 && memcmp(word, "--no-", 5) == 0 && memcmp(opt_name(o), word + 5, len) == 0;
    return *no;
}

struct hit {
    const struct opt *opt;
    void *into;
    bool no;
    const char *value; /* what follows '=', or NULL */
};

static bool find(const struct verb *v, const char *word, void *into, void *shared, struct hit *hit)
{
    const char *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : strlen(word);
    const struct opt *tables[] = {v->opts, opt_common};
    void *targets[] = {into, shared};

    for (size_t i = 0; i < CR_LEN(tables); i++)
        for (const struct opt *o = tables[i]; o->type; o++)
            if (matches(o, word, n, &hit->no)) {
                hit->opt = o;
                hit->into = targets[i];
                hit->value = eq ? eq + 1 : NULL;
                return true;
            }
    return false;
}

static int unknown(const struct verb *v, const char *word, struct cr_error *err)
{
    const char *names[256], *near;
    CR_AUTO_FREE char *bare = cr_strndup(word + 1 + (word[1] == '-'), strcspn(word + 1 + (word[1] == '-'), "="));
    size_t n = 0;

    for (const struct opt *o = v->opts; o->type && n < CR_LEN(names) - 32; o++)
        names[n++] = opt_name(o);
    for (const struct opt *o = opt_common; o->type; o++)
        names[n++] = opt_name(o);
    names[n] = NULL;
    near = cr_nearest(bare, names);
    cr_fail(err, CR_E_USAGE, "there is no option '%s'", word);
    if (near)
        return cr_hint(err, "did you mean '--%s'?", near);
    return cr_hint(err, "'crdeploy %s --help' lists the options", v->name);
}

static int from_environment(const struct opt *opts, void *into, struct cr_error *err)
{
    for (const struct opt *o = opts; o->type; o++) {
        const char *text = o->env ? getenv(o->env) : NULL;

        if (text && *text && store(o, text, o->env, into, err) < 0)
            return cr_wrap(err, "in $%s", o->env);
    }
    return 0;
}

static int take_flag(const struct hit *hit, const char *word, struct cr_error *err)
{
    const struct opt *o = hit->opt;
    const char *value = hit->value;
    bool wrong = value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0;

    if (value && (wrong || hit->no || o->edit)) {
        cr_fail(err, CR_E_USAGE, "--%s takes no value", opt_name(o));
        return cr_hint(err, "write --%s%s%s", opt_name(o), opt_has_no(o) ? ", or --no-" : "",
                       opt_has_no(o) ? opt_name(o) : "");
    }
    return store(o, value ? value : hit->no ? "false" : "true", word, hit->into, err);
}

static int no_value(const struct opt *o, const char *next, struct cr_error *err)
{
    cr_fail(err, CR_E_USAGE, "--%s needs a value", opt_name(o));
    if (!next)
        return cr_hint(err, "write --%s=%s", opt_name(o), opt_arg(o) ? opt_arg(o) : "VALUE");
    return cr_hint(err, "write --%s=%s if '%s' is the value", opt_name(o), next, next);
}

/* An argument that is, or was meant to be, an option of `v` is no value of the option before it, as in gcloud. */
static bool is_option(const struct verb *v, const char *word)
{
    struct hit unused;

    return strncmp(word, "--", 2) == 0 || (word[0] == '-' && word[1] && find(v, word, NULL, NULL, &unused));
}

static int take(const struct verb *v, const struct hit *hit, const char ***argv, struct cr_error *err)
{
    const char *word = **argv, *next = (*argv)[1];

    if (opt_is_flag(hit->opt))
        return take_flag(hit, word, err);
    if (hit->value)
        return store(hit->opt, hit->value, word, hit->into, err);
    if (!next || is_option(v, next))
        return no_value(hit->opt, next, err);
    ++*argv;
    return store(hit->opt, next, word, hit->into, err);
}

int opt_parse(const struct verb *v, const char **argv, int *count, void *into, struct opt_shared *shared,
              struct cr_error *err)
{
    const char **out = argv;
    bool options = true;

    if (from_environment(v->opts, into, err) < 0 || from_environment(opt_common, shared, err) < 0)
        return -1;
    *count = 0;
    for (; *argv; argv++) {
        const char *word = *argv;
        struct hit hit;

        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (!options || word[0] != '-' || !word[1]) {
            *out++ = word;
            ++*count;
        } else if (!find(v, word, into, shared, &hit)) {
            return unknown(v, word, err);
        } else if (take(v, &hit, &argv, err) < 0) {
            return -1;
        }
    }
    *out = NULL;
    return 0;
}

void opt_release(void)
{
    while (made_len)
        free(made[--made_len]);
    free(made);
    made = NULL;
}
