#include "local/build_filter.h"

#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/json_text.h"

static bool in_list(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

static const char *const times[][2] = {
    {"create_time", "createTime"}, {"start_time", "startTime"}, {"finish_time", "finishTime"}};

/* RFC 3339 in UTC orders as text, to the second; a build that has no such time yet matches nothing. */
static int time_term(const char *field, const char *op, const char *value, const json_t *build)
{
    const char *time = local_text_at(build, field);
    int order = strncmp(time, value, 19);

    if (!*time)
        return 0;
    return strcmp(op, "=") == 0    ? order == 0
           : strcmp(op, ">=") == 0 ? order >= 0
           : strcmp(op, "<=") == 0 ? order <= 0
           : *op == '>'            ? order > 0
                                   : order < 0;
}

static int term(const char *key, const char *op, const char *value, const json_t *build, struct cr_error *err)
{
    static const char *const fields[][2] = {{"status", "status"},
                                            {"build_id", "id"},
                                            {"id", "id"},
                                            {"project_id", "projectId"},
                                            {"service_account", "serviceAccount"}};
    bool differs = strcmp(op, "!=") == 0;

    for (size_t i = 0; i < CR_LEN(times); i++)
        if (strcmp(key, times[i][0]) == 0 && !differs)
            return time_term(times[i][1], op, value, build);
    if (strcmp(op, "=") != 0 && !differs)
        return cr_fail(err, CR_E_API, "invalid list filter: '%s' cannot be used with '%s'", op, key);
    if (strcmp(key, "tags") == 0 || strcmp(key, "images") == 0)
        return in_list(json_object_get(build, key), value) != differs;
    for (size_t i = 0; i < CR_LEN(fields); i++)
        if (strcmp(key, fields[i][0]) == 0)
            return (strcmp(local_text_at(build, fields[i][1]), value) == 0) != differs;
    return cr_fail(err, CR_E_API, "invalid list filter: unknown field '%s'", key);
}

static bool read_op(const char **p, char op[3])
{
    size_t n = strspn(*p, "=<>!");

    if (n < 1 || n > 2)
        return false;
    memcpy(op, *p, n);
    op[n] = '\0';
    *p += n;
    return strcmp(op, "=") == 0 || strcmp(op, "!=") == 0 || *op == '<' || *op == '>';
}

int local_build_match(const char *filter, const json_t *build, struct cr_error *err)
{
    const char *p = filter ? filter : "";

    while (*(p += strspn(p, " ")) != '\0') {
        size_t len = strcspn(p, " =<>!\""), value_len;
        CR_AUTO_FREE char *key = cr_strndup(p, len), *value = NULL;
        char op[3];
        int match;

        p += len;
        if (strcmp(key, "AND") == 0)
            continue;
        p += strspn(p, " ");
        if (!len || !read_op(&p, op))
            return cr_fail(err, CR_E_API, "invalid list filter: '%s'", filter);
        p += strspn(p, " ");
        if (*p == '"') {
            value_len = strcspn(++p, "\"");
            value = cr_strndup(p, value_len);
            p += value_len + (p[value_len] == '"');
        } else {
            value_len = strcspn(p, " ");
            value = cr_strndup(p, value_len);
            p += value_len;
        }
        match = term(key, op, value, build, err);
        if (match <= 0)
            return match;
    }
    return 1;
}
