#include "local/build_filter.h"

#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

static bool in_list(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

static int term(const char *key, const char *value, const json_t *build, struct cr_error *err)
{
    static const struct {
        const char *key, *field;
    } fields[] = {{"status", "status"}, {"build_id", "id"}, {"id", "id"}};

    if (strcmp(key, "tags") == 0 || strcmp(key, "images") == 0)
        return in_list(json_object_get(build, key), value);
    for (size_t i = 0; i < CR_LEN(fields); i++)
        if (strcmp(key, fields[i].key) == 0)
            return strcmp(json_string_value(json_object_get(build, fields[i].field)), value) == 0;
    return cr_fail(err, CR_E_API, "invalid list filter: unknown field '%s'", key);
}

int local_build_match(const char *filter, const json_t *build, struct cr_error *err)
{
    const char *p = filter ? filter : "";

    while (*(p += strspn(p, " ")) != '\0') {
        size_t len = strcspn(p, " =\""), value_len;
        CR_AUTO_FREE char *key = cr_strndup(p, len), *value = NULL;
        int match;

        p += len;
        if (strcmp(key, "AND") == 0)
            continue;
        p += strspn(p, " ");
        if (!len || *p != '=')
            return cr_fail(err, CR_E_API, "invalid list filter: '%s'", filter);
        p += 1 + strspn(p + 1, " ");
        if (*p == '"') {
            value_len = strcspn(++p, "\"");
            value = cr_strndup(p, value_len);
            p += value_len + (p[value_len] == '"');
        } else {
            value_len = strcspn(p, " ");
            value = cr_strndup(p, value_len);
            p += value_len;
        }
        match = term(key, value, build, err);
        if (match <= 0)
            return match;
    }
    return 1;
}
