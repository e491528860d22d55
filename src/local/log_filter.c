#include "local/log_filter.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define FIELD(name, member)                                                                             \
    {                                                                                                   \
        name, offsetof(struct local_log_filter, member), sizeof(((struct local_log_filter *)0)->member) \
    }

static const struct {
    const char *name;
    size_t at, size;
} fields[] = {
    FIELD("resource.type", type),
    FIELD("resource.labels.build_id", build_id),
    FIELD("resource.labels.service_name", service),
    FIELD("resource.labels.revision_name", revision),
    FIELD("resource.labels.location", location),
    FIELD("logName", log_name),
    FIELD("timestamp", since),
    {"severity", 0, 0},
};

static const char blanks[] = " \t\r\n";

static int take_term(const char **p, struct local_log_filter *f, struct cr_error *err)
{
    const char *name = *p, *value;
    size_t name_len = strcspn(name, "=<>! \t\r\n\""), value_len;
    bool after;

    *p = name + name_len;
    *p += strspn(*p, blanks);
    after = (*p)[0] == '>' && (*p)[1] != '=';
    if (**p != '=' && **p != '>')
        return cr_fail(err, CR_E_API, "Unparseable filter: syntax error at '%.40s'", name);
    *p += 1 + ((*p)[0] == '>' && (*p)[1] == '=');
    *p += strspn(*p, blanks);
    if (**p == '"') {
        value = ++*p;
        value_len = strcspn(value, "\"");
        *p = value + value_len + (value[value_len] == '"');
    } else {
        value = *p;
        value_len = strcspn(value, blanks);
        *p = value + value_len;
    }
    for (size_t i = 0; i < CR_LEN(fields); i++) {
        if (strlen(fields[i].name) != name_len || strncmp(fields[i].name, name, name_len) != 0)
            continue;
        if (fields[i].size)
            snprintf((char *)f + fields[i].at, fields[i].size, "%.*s", (int)value_len, value);
        if (strcmp(fields[i].name, "timestamp") == 0)
            f->after = after;
        return 0;
    }
    return cr_fail(err, CR_E_API, "Unparseable filter: the local platform does not know the field '%.*s'",
                   (int)name_len, name);
}

int local_log_filter_read(const char *text, struct local_log_filter *f, struct cr_error *err)
{
    const char *p = text ? text : "";

    *f = (struct local_log_filter){0};
    while (*(p += strspn(p, blanks)) != '\0') {
        if (strncmp(p, "AND", 3) == 0 && strchr(blanks, p[3])) {
            p += 3;
            continue;
        }
        if (take_term(&p, f, err) < 0)
            return -1;
    }
    return 0;
}
