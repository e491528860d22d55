#include "core/plan.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/quantity.h"

static const char *const origins[CR_ORIGIN_COUNT] = {
    [CR_FROM_DEFAULT] = "default", [CR_FROM_PLATFORM] = "platform", [CR_FROM_GCLOUD] = "gcloud",
    [CR_FROM_CONFIG] = "config",   [CR_FROM_MANIFEST] = "manifest", [CR_FROM_ENV] = "environment",
    [CR_FROM_OPTION] = "option",
};

void cr_plan_clear(struct cr_plan *plan)
{
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        free(plan->value[key].text);
        free(plan->value[key].where);
        json_decref(plan->map[key]);
    }
    *plan = (struct cr_plan){0};
}

int cr_int_parse(const char *text, int64_t *value, struct cr_error *err)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (end == text || *end || errno || !strchr("+-0123456789", *text)) {
        cr_fail(err, CR_E_CONFIG, "'%s' is not a whole number", text);
        return cr_hint(err, "write digits only, such as 10");
    }
    *value = n;
    return 0;
}

static int read_bool(const char *text, int64_t *value, struct cr_error *err)
{
    static const char *const yes[] = {"yes", "on", "1", "y", "True", "TRUE", NULL};

    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        *value = *text == 't';
        return 0;
    }
    cr_fail(err, CR_E_CONFIG, "'%s' is neither true nor false", text);
    for (const char *const *word = yes; *word; word++)
        if (strcmp(text, *word) == 0)
            return cr_hint(err, "write true");
    return cr_hint(err, "write true or false");
}

static int read_choice(enum cr_key key, const char *text, struct cr_error *err)
{
    const char *const *choices = cr_keys[key].choices, *near;
    char list[256] = "";

    for (size_t i = 0, n = 0; choices[i]; i++) {
        if (cr_key_same(key, choices[i], text))
            return 0;
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", choices[i]);
    }
    if (cr_key_later(key, text)) {
        cr_fail(err, CR_E_CONFIG, "%s '%s' comes later; this version does not have it", cr_key_name(key), text);
        return cr_hint(err, "use one of: %s", list);
    }
    cr_fail(err, CR_E_CONFIG, "%s '%s' is unknown", cr_key_name(key), text);
    near = cr_nearest(text, choices);
    return near ? cr_hint(err, "did you mean '%s'?", near) : cr_hint(err, "use one of: %s", list);
}

static int read_source(const char *text, struct cr_error *err)
{
    const char *scheme = strstr(text, "://");

    if (!scheme)
        return 0;
    if (cr_key_later(CR_KEY_MODEL_SOURCE, text))
        cr_fail(err, CR_E_CONFIG, "a source of %.*s:// comes later; this version reads directories",
                (int)(scheme - text), text);
    else
        cr_fail(err, CR_E_CONFIG, "source '%s' is not a directory", text);
    return cr_hint(err, "download the files and name their directory, such as ./model");
}

/* Reads one text as its row says. */
static int read_value(struct cr_plan *plan, enum cr_key key, const char *text, struct cr_error *err)
{
    int64_t *number = &plan->number[key];

    if (!*text && cr_keys[key].type != CR_T_TEXT && cr_keys[key].type != CR_T_MAP) {
        cr_fail(err, CR_E_CONFIG, "%s is empty", cr_key_name(key));
        return cr_hint(err, "give it a value%s%s", cr_keys[key].example ? ", such as " : ", or leave it out",
                       cr_keys[key].example ? cr_keys[key].example : "");
    }
    switch (cr_keys[key].type) {
    case CR_T_INT:
        return cr_int_parse(text, number, err);
    case CR_T_BOOL:
        return read_bool(text, number, err);
    case CR_T_CPU:
        return cr_cpu_parse(text, number, err);
    case CR_T_BYTES:
        return cr_bytes_parse(text, number, err);
    case CR_T_DURATION:
        return cr_duration_parse(text, number, err);
    case CR_T_CHOICE:
        return read_choice(key, text, err);
    case CR_T_PATH:
        return key == CR_KEY_MODEL_SOURCE ? read_source(text, err) : 0;
    default:
        return 0;
    }
}

static char *manifest_place(const struct cr_manifest *m, enum cr_key key)
{
    return cr_format("%s:%d:%d", m->path, m->line[key], m->column[key]);
}

/* The text an origin has for a key, or NULL; *where is new. */
static const char *find(const struct cr_manifest *m, const struct cr_layer *layers, enum cr_key key,
                        enum cr_origin origin, char **where)
{
    const struct cr_layer *layer = &layers[origin];
    const char *text;

    if (origin == CR_FROM_MANIFEST) {
        text = m ? m->text[key] : NULL;
        *where = text ? manifest_place(m, key) : NULL;
    } else if (origin == CR_FROM_DEFAULT) {
        text = cr_keys[key].fallback;
        *where = text ? cr_strdup("default") : NULL;
    } else {
        text = layer->text[key];
        if (!text)
            *where = NULL;
        else if (origin == CR_FROM_OPTION && cr_keys[key].option) /* not as typed: "--memory=3G" */
            *where = cr_format("--%s", cr_keys[key].option);
        else if (layer->where[key])
            *where = cr_strdup(layer->where[key]);
        else
            *where = cr_strdup(origins[origin]);
    }
    return text;
}

/* --region= is no region, as with gcloud: the next origin counts. */
static bool is_unset(enum cr_key key, enum cr_origin origin, const char *text)
{
    return key == CR_KEY_REGION && origin == CR_FROM_OPTION && !*text;
}

static void make_scalar(struct cr_plan *plan, const struct cr_layer *layers, enum cr_key key,
                        struct cr_problems *problems)
{
    for (int origin = CR_ORIGIN_COUNT - 1; origin >= 0; origin--) {
        CR_AUTO_FREE char *where = NULL;
        const char *text = find(plan->manifest, layers, key, origin, &where);
        struct cr_error err = {0};

        if (!text || is_unset(key, origin, text))
            continue;
        if (read_value(plan, key, text, &err) < 0)
            cr_problems_take(problems, where, &err);
        else
            plan->value[key] = (struct cr_value){cr_strdup(text), CR_STEAL(where), origin};
        return;
    }
}

/* Every origin adds its entries, so `--env A=1` leaves the manifest's other variables alone. */
static void make_map(struct cr_plan *plan, const struct cr_layer *layers, enum cr_key key, struct cr_problems *problems)
{
    json_auto_t *all = json_object();
    struct cr_value *value = &plan->value[key];

    for (int origin = 0; origin < CR_ORIGIN_COUNT; origin++) {
        CR_AUTO_FREE char *where = NULL;
        json_auto_t *map = NULL;
        struct cr_error err = {0};

        if (origin == CR_FROM_MANIFEST && plan->manifest && plan->manifest->map[key]) {
            map = json_incref(plan->manifest->map[key]);
            where = manifest_place(plan->manifest, key);
        } else {
            const char *text = find(NULL, layers, key, origin, &where);

            if (!text)
                continue;
            if (cr_map_parse(text, &map, &err) < 0) {
                cr_problems_take(problems, where, &err);
                continue;
            }
        }
        json_object_update(all, map);
        free(value->where);
        value->where = CR_STEAL(where);
        value->origin = origin;
    }
    if (value->where) {
        value->text = cr_map_text(all);
        plan->map[key] = json_incref(all);
    }
}

int cr_plan_make(const struct cr_manifest *m, const struct cr_layer layers[CR_ORIGIN_COUNT], struct cr_plan *plan,
                 struct cr_problems *problems, struct cr_error *err)
{
    (void)err;
    *plan = (struct cr_plan){.manifest = m};
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        if (cr_keys[key].type == CR_T_MAP)
            make_map(plan, layers, key, problems);
        else if (cr_keys[key].type != CR_T_SAMPLES)
            make_scalar(plan, layers, key, problems);
    }
    return 0;
}

int cr_map_parse(const char *text, json_t **map, struct cr_error *err)
{
    CR_AUTO_FREE char *entry = cr_malloc(strlen(text) + 1);
    json_auto_t *made = json_object();

    while (*text) {
        size_t n = 0;
        char *value;

        for (; *text && *text != ','; text++) {
            text += *text == '\\' && (text[1] == ',' || text[1] == '\\');
            entry[n++] = *text;
        }
        entry[n] = '\0';
        text += *text == ',';
        value = strchr(entry, '=');
        if (!value || value == entry) {
            cr_fail(err, CR_E_CONFIG, "'%s' is not KEY=VALUE", entry);
            return cr_hint(err, "write KEY=VALUE; a comma inside a value is written as \\,");
        }
        *value++ = '\0';
        if (json_object_set_new(made, entry, json_string(value)) < 0)
            return cr_fail(err, CR_E_CONFIG, "the value of '%s' is not UTF-8", entry);
    }
    *map = json_incref(made);
    return 0;
}

char *cr_map_text(const json_t *map)
{
    CR_AUTO_FREE char *text = cr_strdup("");
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)map, key, value)
    {
        const char *from = json_string_value(value);
        CR_AUTO_FREE char *escaped = cr_malloc(2 * strlen(from) + 1);
        char *before = text, *to = escaped;

        for (; *from; *to++ = *from++)
            if (*from == ',' || *from == '\\')
                *to++ = '\\';
        *to = '\0';
        text = cr_format("%s%s%s=%s", before, *before ? "," : "", key, escaped);
        free(before);
    }
    return CR_STEAL(text);
}

const char *cr_plan_text(const struct cr_plan *plan, enum cr_key key)
{
    return plan->value[key].text ? plan->value[key].text : "";
}

bool cr_plan_has(const struct cr_plan *plan, enum cr_key key)
{
    return plan->value[key].text;
}

char *cr_plan_path(const struct cr_plan *plan, enum cr_key key)
{
    const struct cr_value *v = &plan->value[key];
    const char *dir = plan->manifest ? plan->manifest->dir : ".";

    if (!v->text)
        return NULL;
    if (key >= CR_KEY_FILE_MODEL && key <= CR_KEY_FILE_CONFIG) {
        CR_AUTO_FREE char *source = cr_plan_path(plan, CR_KEY_MODEL_SOURCE);

        return cr_path_join(!source ? dir : strcmp(source, ".") == 0 ? "" : source, v->text);
    }
    if ((v->origin == CR_FROM_MANIFEST || v->origin == CR_FROM_DEFAULT) && strcmp(dir, ".") != 0)
        return strcmp(v->text, ".") == 0 ? cr_strdup(dir) : cr_path_join(dir, v->text);
    return cr_strdup(v->text);
}

const char *cr_origin_name(enum cr_origin origin)
{
    return origins[origin];
}
