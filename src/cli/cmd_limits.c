#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "core/limits.h"

struct limits_args {
    const char *profile;
};

static const struct opt opts[] = {
    {0, "profile", OPT_STR(struct limits_args, profile), .arg = "PROFILE", .choices = cr_profile_names,
     .help = "The same as --limits-profile"},
    {0, "limits-profile", OPT_STR(struct limits_args, profile), .arg = "PROFILE",
     .help = "Limits of today (current) or of November 2020 (2020-11)", .choices = cr_profile_names},
    OPT_END,
};

/* Where the rows go: lines for people, or an array. */
struct listing {
    FILE *out;
    json_t *rows;
    unsigned profile; /* its bit */
};

/* What one row becomes in either form. Takes over the bound, which may be NULL. */
static void show(const struct listing *l, const char *id, const char *about, const char *rule, const char *severity,
                 json_t *bound, const char *source, const char *checked)
{
    bool error = strcmp(severity, "error") == 0;

    if (l->rows)
        json_array_append_new(l->rows,
                              json_pack("{s:s, s:s, s:s, s:o*, s:s, s:s, s:s}", "id", id, "key", about, "rule", rule,
                                        "bound", bound, "severity", severity, "source", source, "checked", checked));
    else
        fprintf(l->out, "%-20s %-26s %s%s%s%s\n%47s %s (%s)\n", id, about, rule, error ? "" : " (",
                error ? "" : severity, error ? "" : ")", "", source, checked);
    if (!l->rows)
        json_decref(bound);
}

/* "1, 2, 4", "0.08 to 0.999, 1, 2", "128Mi to 32Gi". New. */
static char *allowed(const struct cr_limit *row)
{
    char low[32], high[32];
    char *text;

    cr_limit_number(row->field, row->min, low);
    cr_limit_number(row->field, row->max, high);
    if (row->max >= INT32_MAX && row->max != row->min && cr_limit_fields[row->field].type != CR_T_BYTES)
        text = cr_format("from %s", low);
    else if (row->max == INT64_MAX)
        text = cr_format("from %s", low);
    else if (row->min == row->max)
        text = cr_strdup(low);
    else
        text = row->min <= row->max ? cr_format("%s to %s", low, high) : cr_strdup("");
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++) {
        CR_AUTO_FREE char *before = text;

        cr_limit_number(row->field, row->set[i], low);
        text = cr_format("%s%s%s", before, *before ? ", " : "", low);
    }
    return text;
}

/* "cpu 1 to 1.999: memory 128Mi to 4Gi". New. */
static char *conditions(const struct cr_limit *row)
{
    char *text = cr_strdup("");

    for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++) {
        const struct cr_limit_when *w = &row->when[i];
        char low[32], high[32];
        CR_AUTO_FREE char *before = text;

        cr_limit_number(w->field, w->min, low);
        cr_limit_number(w->field, w->max, high);
        text = cr_format("%s%s%s %s%s%s", before, *before ? ", " : "", cr_limit_fields[w->field].name, low,
                         w->min == w->max      ? ""
                         : w->max == INT64_MAX ? " or more"
                                               : " to ",
                         w->min == w->max || w->max == INT64_MAX ? "" : high);
    }
    return text;
}

static json_t *when_json(const struct cr_limit_when *when)
{
    json_t *object = json_pack("{s:s, s:I}", "field", cr_limit_fields[when->field].name, "min", (json_int_t)when->min);

    if (when->max != INT64_MAX)
        json_object_set_new(object, "max", json_integer(when->max));
    return object;
}

static json_t *bound_json(const struct cr_limit *row)
{
    json_t *bound = json_object(), *set = json_array(), *when = json_array();

    if (row->min <= row->max)
        json_object_set_new(bound, "min", json_integer(row->min));
    if (row->min <= row->max && row->max != INT64_MAX)
        json_object_set_new(bound, "max", json_integer(row->max));
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++)
        json_array_append_new(set, json_integer(row->set[i]));
    if (json_array_size(set))
        json_object_set(bound, "set", set);
    json_decref(set);
    for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++)
        json_array_append_new(when, when_json(&row->when[i]));
    if (json_array_size(when))
        json_object_set(bound, "when", when);
    json_decref(when);
    return bound;
}

static void show_numbers(const struct listing *l)
{
    for (const struct cr_limit *row = cr_limits; *row->id; row++) {
        const struct cr_limit_field_row *field = &cr_limit_fields[row->field];
        CR_AUTO_FREE char *text = allowed(row), *when = conditions(row);
        CR_AUTO_FREE char *rule =
            *when ? cr_format("%s: %s %s; %s", when, field->name, text, row->why) : cr_format("%s; %s", text, row->why);

        if (row->profiles & l->profile)
            show(l, row->id, field->key == CR_KEY_COUNT ? field->name : cr_keys[field->key].path, rule,
                 row->advice ? "warning" : "error", bound_json(row), row->source, row->checked);
    }
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++) {
        CR_AUTO_FREE char *rule = cr_format("%s %s", o->strict ? "below" : "at most", cr_limit_fields[o->upper].name);
        const struct cr_limit_field_row *lower = &cr_limit_fields[o->lower];

        if (o->profiles & l->profile)
            show(l, o->id, lower->key == CR_KEY_COUNT ? lower->name : cr_keys[lower->key].path, rule, "error", NULL,
                 o->source, o->checked);
    }
}

static json_t *words_json(const struct cr_text_limit *row)
{
    json_t *bound = json_object(), *words = json_array();

    for (size_t i = 0; row->words && row->words[i]; i++)
        json_array_append_new(words, json_string(row->words[i]));
    if (row->max)
        json_object_set_new(bound, "max", json_integer(row->max));
    if (row->words)
        json_object_set(bound, "words", words);
    json_decref(words);
    return bound;
}

static void show_words(const struct listing *l)
{
    for (const struct cr_text_limit *row = cr_text_limits; *row->id; row++)
        if (row->profiles & l->profile)
            show(l, row->id, cr_limit_text_names[row->text], row->why, row->advice ? "warning" : "error",
                 words_json(row), row->source, row->checked);
    for (const struct cr_shape_limit *row = cr_shape_limits; *row->id; row++)
        if (row->profiles & l->profile)
            show(l, row->id, "service", row->why, row->advice ? "warning" : "error", NULL, row->source, row->checked);
    for (const struct cr_limit_fact *row = cr_limit_facts; *row->id; row++)
        if (row->profiles & l->profile)
            show(l, row->id, "platform", row->fact, "info", NULL, row->source, row->checked);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct limits_args *a = c->args;
    struct listing l = {.out = c->out};
    enum cr_profile profile;

    if (cr_profile_parse(a->profile, &profile, err) < 0)
        return -1;
    l.profile = 1u << profile;
    if (c->json)
        l.rows = json_array();
    show_numbers(&l);
    show_words(&l);
    if (!c->json)
        return 0;
    return cmd_json(c, json_pack("{s:s, s:o}", "profile", cr_profile_names[profile], "limits", l.rows), err);
}

const struct verb verb_limits = {
    .name = "limits",
    .args = "",
    .summary = "List the limits that are checked, with their sources",
    .about = "Every rule of Cloud Run that 'check', 'build' and 'deploy' know: what is allowed and on what it depends, "
             "the page it was read from, and the month. A rule that no primary source confirms only warns; what is "
             "marked as info is good to know and never checked. With --json each rule also has its bound: numbers in "
             "thousandths of a CPU, bytes and seconds.",
    .examples = (const char *const[]){"crdeploy limits", "crdeploy limits --profile 2020-11", NULL},
    .opts = opts,
    .args_size = sizeof(struct limits_args),
    .run = run,
};
