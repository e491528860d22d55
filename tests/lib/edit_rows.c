#include "lib/edit_rows.h"

#include "lib/test.h"

#include <string.h>

#include "base/auto.h"

json_t *edit_rows_json(const char *text)
{
    CR_AUTO_FREE char *real = cr_strdup(text);
    json_error_t bad;
    json_t *value;

    for (char *c = real; *c; c++)
        if (*c == '\'')
            *c = '"';
    value = json_loads(real, 0, &bad);
    if (!value)
        fail_msg("%s in %s", bad.text, text);
    return value;
}

static json_t *template_of(const char *text)
{
    json_t *value = text ? edit_rows_json(text) : json_object();

    return json_object_get(value, "containers") ? value : json_pack("{s:[o]}", "containers", value);
}

static enum cr_flag flag_named(const char *name)
{
    for (int flag = 0; flag < CR_FLAG_COUNT; flag++)
        if (strcmp(cr_flags[flag].name, name) == 0)
            return (enum cr_flag)flag;
    fail_msg("there is no flag '%s'", name);
    return CR_FLAG_COUNT;
}

/* One "cpu=2", "clear-secrets" or "no-use-http2"; it is changed. */
static void add_flag(char *text, struct cr_edits *edits)
{
    struct cr_edit *e = &edits->row[edits->len++];
    char *value = strchr(text, '=');
    bool no = !value && strncmp(text, "no-", 3) == 0;

    if (value)
        *value++ = '\0';
    e->flag = flag_named(text + (no ? 3 : 0));
    e->text = cr_flags[e->flag].form == CR_FORM_BOOL ? (no ? "false" : "true") : value;
    e->place = text - 2;
}

void edit_rows_flags(const char *flags, struct cr_edits *edits, char **keep)
{
    char *at = *keep = cr_strdup(flags), *next;

    for (edits->len = 0; at && *at; at = next) {
        next = strstr(at, " --");
        if (next)
            *next++ = '\0';
        add_flag(at + 2, edits);
    }
}

/* The container of a name, made when missing; without a name, the one with a port, or the first. */
static json_t *container_of(json_t *template, const char *name)
{
    json_t *all = cr_edit_array(template, "containers"), *container, *first = json_array_get(all, 0);
    size_t i;

    json_array_foreach(all, i, container)
    {
        const char *has = json_string_value(json_object_get(container, "name"));

        if (name ? has && strcmp(has, name) == 0 : json_object_get(container, "ports") != NULL)
            return container;
    }
    if (!name)
        return first;
    container = json_pack("{s:s}", "name", name);
    json_array_append_new(all, container);
    return container;
}

static int apply(const struct cr_edits *edits, json_t *template, bool fresh, struct cr_error *err)
{
    struct cr_edit_where where = {.project = "p", .region = "r", .fresh = fresh};

    for (int flag = 0; flag < CR_FLAG_COUNT; flag++) {
        const char *name = NULL;

        for (size_t i = 0; i < edits->len; i++) {
            const struct cr_edit *e = &edits->row[i];
            struct cr_edit_at at = {.where = &where, .template = template, .edits = edits};

            if (e->flag == CR_FLAG_CONTAINER)
                name = e->text;
            if ((int)e->flag != flag || !cr_edit_container[flag])
                continue;
            at.container = container_of(template, name);
            if (cr_edit_container[flag](&at, e, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* SECRET-abc-def-ghi, which is made up, as SECRET-A. */
static void shorten_names(json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));
        size_t n = name ? strlen(name) : 0;

        if (n > 12 && name[n - 12] == '-' && name[n - 8] == '-' && name[n - 4] == '-')
            json_object_set_new(item, "name", json_sprintf("%.*s-A", (int)n - 12, name));
    }
}

static void shorten(json_t *template)
{
    json_t *container;
    size_t i;

    shorten_names(json_object_get(template, "volumes"));
    json_array_foreach(json_object_get(template, "containers"), i, container)
        shorten_names(json_object_get(container, "volumeMounts"));
}

static void check(const struct edit_row *row, size_t i)
{
    json_auto_t *got = template_of(row->before), *want = *row->after == '!' ? NULL : template_of(row->after);
    static struct cr_edits edits;
    CR_AUTO_FREE char *keep = NULL, *said = NULL, *text = NULL;
    struct cr_error err = {0};
    int rc;

    edit_rows_flags(row->flags, &edits, &keep);
    rc = apply(&edits, got, !row->before, &err);
    shorten(got);
    text = json_dumps(got, JSON_COMPACT);
    said = cr_format("%s | %s", err.msg, err.hint);
    if (want && (rc < 0 || !json_equal(got, want)))
        fail_msg("row %zu, %s: %s %s", i, row->flags, text, said);
    if (!want && (rc == 0 || !strstr(said, row->after + 1)))
        fail_msg("row %zu, %s: %s", i, row->flags, rc ? said : text);
    assert_true(want || (err.code == CR_E_USAGE && *err.hint) || err.code == CR_E_CONFIG || err.code == CR_E_IO);
}

void edit_rows_check(const struct edit_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&rows[i], i);
}
