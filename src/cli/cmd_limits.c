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
    {0, "limits-profile", OPT_STR(struct limits_args, profile), .arg = "PROFILE",
     .help = "Limits of today (current) or of November 2020 (2020-11)", .choices = cr_profile_names},
    OPT_END,
};

/* "1, 2, 4", "0.08 to 0.999, 1, 2", "128Mi to 32Gi". New. */
static char *allowed(const struct cr_limit *row)
{
    char low[32], high[32];
    char *text;

    cr_limit_text(row->key, row->min, low);
    cr_limit_text(row->key, row->max, high);
    if (row->max == INT64_MAX || row->max == INT32_MAX)
        text = cr_format("from %s", low);
    else
        text = row->min <= row->max ? cr_format("%s to %s", low, high) : cr_strdup("");
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++) {
        char *before = text;

        cr_limit_text(row->key, row->set[i], low);
        text = cr_format("%s%s%s", before, *before ? ", " : "", low);
        free(before);
    }
    return text;
}

static char *joined(const struct cr_cross_limit *x)
{
    char low[32], high[32];

    cr_limit_text(x->then, x->min, low);
    cr_limit_text(x->then, x->max, high);
    if (x->min == x->max)
        return cr_format("%s: %s %s", x->why, cr_key_name(x->then), low);
    if (x->min == 0)
        return cr_format("%s: %s at most %s", x->why, cr_key_name(x->then), high);
    return cr_format("%s: %s %s to %s", x->why, cr_key_name(x->then), low, high);
}

/* What one row becomes in either form. */
static void show(FILE *out, json_t *rows, const char *id, const char *key, const char *rule, bool advice,
                 const char *source, const char *checked)
{
    if (rows)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "key", key, "rule", rule,
                                              "severity", advice ? "warning" : "error", "source", source, "checked",
                                              checked));
    else
        fprintf(out, "%-20s %-26s %s%s\n%47s %s (%s)\n", id, key, rule, advice ? " (advice)" : "", "", source, checked);
}

static void show_all(FILE *out, json_t *rows, enum cr_profile profile)
{
    unsigned bit = 1u << profile;

    for (const struct cr_limit *row = cr_limits; *row->id; row++) {
        CR_AUTO_FREE char *text = allowed(row), *rule = cr_format("%s; %s", text, row->why);

        if (row->profiles & bit)
            show(out, rows, row->id, cr_keys[row->key].path, rule, row->advice, row->source, row->checked);
    }
    for (const struct cr_cross_limit *x = cr_cross_limits; *x->id; x++) {
        CR_AUTO_FREE char *rule = joined(x);

        if (x->profiles & bit)
            show(out, rows, x->id, cr_keys[x->when].path, rule, x->advice, x->source, x->checked);
    }
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++) {
        CR_AUTO_FREE char *rule = cr_format("%s %s", o->strict ? "below" : "at most", cr_key_name(o->upper));

        if (o->profiles & bit)
            show(out, rows, o->id, cr_keys[o->lower].path, rule, false, o->source, o->checked);
    }
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct limits_args *a = c->args;
    json_t *rows = NULL;
    enum cr_profile profile;

    if (cr_profile_parse(a->profile, &profile, err) < 0)
        return -1;
    if (c->json)
        rows = json_array();
    show_all(c->out, rows, profile);
    return rows ? cmd_json(c, json_pack("{s:s, s:o}", "profile", cr_profile_names[profile], "limits", rows), err) : 0;
}

const struct verb verb_limits = {
    .name = "limits",
    .args = "",
    .summary = "List the limits that are checked, with their sources",
    .about = "Every rule of Cloud Run that 'crdeploy check' knows: what is allowed, the page it was read from, and the "
             "month.",
    .examples = (const char *const[]){"crdeploy limits", "crdeploy limits --limits-profile 2020-11", NULL},
    .opts = opts,
    .args_size = sizeof(struct limits_args),
    .run = run,
};
