/* The forms of a flag's value: lists, dictionaries, whole numbers. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit.h"
#include "core/plan.h"

bool cr_edit_typed(const struct cr_edit *e)
{
    return strncmp(e->place, "--", 2) == 0;
}

int cr_edit_fail(const struct cr_edit *e, struct cr_error *err, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    return cr_fail(err, CR_E_USAGE, "%s: %s", e->place, text);
}

/* What stands between the items: "," or the D of "^D^...". Moves *text behind it. New; NULL for an empty D. */
static char *delimiter(const char **text)
{
    const char *start = *text + 1, *end;

    if (**text != '^' || !(end = strchr(start, '^')))
        return cr_strdup(",");
    *text = end + 1;
    return end > start ? cr_strndup(start, (size_t)(end - start)) : NULL;
}

static int add_item(const struct cr_edit *e, const char *text, size_t n, json_t *list, struct cr_error *err)
{
    if (json_array_append_new(list, json_stringn(text, n)) < 0)
        return cr_edit_fail(e, err, "the value is not UTF-8");
    return 0;
}

/* One delimiter at the end separates nothing: "A,B," has two items, "A,,B" three. */
int cr_edit_list(const struct cr_edit *e, json_t **list, struct cr_error *err)
{
    json_auto_t *made = json_array();
    const char *text = e->text, *end;
    CR_AUTO_FREE char *between = delimiter(&text);
    size_t n;

    if (!between) {
        cr_edit_fail(e, err, "nothing stands between the two '^' of '%s'", e->text);
        return cr_hint(err, "write what separates the items there, such as ^@^A@B");
    }
    n = strlen(between);
    for (; *text; text = *end ? end + n : end) {
        end = strstr(text, between);
        if (!end)
            end = text + strlen(text);
        if (add_item(e, text, (size_t)(end - text), made, err) < 0)
            return -1;
    }
    *list = CR_STEAL(made);
    return 0;
}

/* A value may have '=' in it, a key may not; of a key that stands twice the last value counts, at the first place. */
static int add_pair(const struct cr_edit *e, const char *item, json_t *dict, struct cr_error *err)
{
    const char *equals = strchr(item, '=');
    CR_AUTO_FREE char *key = equals ? cr_strndup(item, (size_t)(equals - item)) : NULL;

    if (!equals) {
        cr_edit_fail(e, err, "'%s' has no '='", item);
        return cr_hint(err, "write KEY=VALUE,...; where a value has a comma, take another delimiter: ^@^A=1,2@B=3");
    }
    if (!*key) {
        cr_edit_fail(e, err, "'%s' has no key before the '='", item);
        return cr_hint(err, "write KEY%s", item);
    }
    json_object_set_new(dict, key, json_string(equals + 1));
    return 0;
}

/* Where it was not typed, a text is a map of the plan: "K=V,K=V" with "\\," for a comma. */
int cr_edit_dict(const struct cr_edit *e, json_t **dict, struct cr_error *err)
{
    json_auto_t *made = json_object(), *list = NULL;
    json_t *item;
    size_t i;

    if (!cr_edit_typed(e))
        return cr_map_parse(e->text, dict, err) < 0 ? cr_wrap(err, "%s", e->place) : 0;
    if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, item)
    {
        if (add_pair(e, json_string_value(item), made, err) < 0)
            return -1;
    }
    *dict = CR_STEAL(made);
    return 0;
}

int cr_edit_whole(const struct cr_edit *e, int64_t min, int64_t max, int64_t *number, struct cr_error *err)
{
    struct cr_error bad = {0};
    int64_t value;

    if (cr_int_parse(e->text, &value, &bad) < 0) {
        cr_edit_fail(e, err, "'%s' is no whole number", e->text);
        return max == INT64_MAX ? cr_hint(err, "write digits only, from %" PRId64 " up", min)
                                : cr_hint(err, "write digits only, from %" PRId64 " to %" PRId64, min, max);
    }
    if (value < min || value > max) {
        cr_edit_fail(e, err, "'%s' is too %s", e->text, value < min ? "small" : "large");
        return value < min ? cr_hint(err, "the least is %" PRId64, min) : cr_hint(err, "the most is %" PRId64, max);
    }
    *number = value;
    return 0;
}

json_t *cr_edit_object(json_t *object, const char *key)
{
    json_t *member = json_object_get(object, key);

    if (!json_is_object(member))
        json_object_set_new(object, key, member = json_object());
    return member;
}

json_t *cr_edit_array(json_t *object, const char *key)
{
    json_t *member = json_object_get(object, key);

    if (!json_is_array(member))
        json_object_set_new(object, key, member = json_array());
    return member;
}
