#include "local/log_filter.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

static const char *const severities[] = {"DEFAULT", "DEBUG",    "INFO",  "NOTICE",   "WARNING",
                                         "ERROR",   "CRITICAL", "ALERT", "EMERGENCY"};

int local_log_severity(const char *word)
{
    for (size_t i = 0; i < CR_LEN(severities); i++)
        if (strcasecmp(severities[i], word) == 0)
            return (int)i * 100;
    return -1;
}

static const char blanks[] = " \t\r\n";

struct term {
    char name[64], op[3], value[256];
};

static int unparsed(const char *at, struct cr_error *err)
{
    return cr_fail(err, CR_E_API, "Unparseable filter: syntax error at '%.40s'", at);
}

/* Between quotes, where a backslash stands before those of its own; else up to a blank. NULL: it does not end, or is
 * too long. */
static const char *read_value(const char *p, char value[256])
{
    bool quoted = *p == '"';
    size_t n = 0;

    p += quoted;
    while (*p && (quoted ? *p != '"' : !strchr(blanks, *p))) {
        p += quoted && *p == '\\' && p[1];
        if (n + 1 >= 256)
            return NULL;
        value[n++] = *p++;
    }
    value[n] = '\0';
    return quoted ? (*p == '"' ? p + 1 : NULL) : p;
}

/* FIELD OP VALUE; *p moves behind it. */
static int read_term(const char **p, struct term *t, struct cr_error *err)
{
    const char *start = *p;
    size_t n = strcspn(start, "=<>! \t\r\n\"");
    const char *at = start + n;

    snprintf(t->name, sizeof(t->name), "%.*s", (int)(n < sizeof(t->name) ? n : sizeof(t->name) - 1), start);
    at += strspn(at, blanks);
    n = strspn(at, "=<>");
    if (n < 1 || n > 2 || (n == 2 && (at[0] == '=' || at[1] != '=')))
        return unparsed(start, err);
    snprintf(t->op, sizeof(t->op), "%.*s", (int)n, at);
    at += n;
    at = read_value(at + strspn(at, blanks), t->value);
    if (!at)
        return unparsed(start, err);
    *p = at;
    return 0;
}

static int set_severity(struct local_log_filter *f, const struct term *t, struct cr_error *err)
{
    int n = local_log_severity(t->value);

    if (n < 0)
        return unparsed(t->value, err);
    if (t->op[0] != '<')
        f->severity_from = n + (strcmp(t->op, ">") == 0);
    if (t->op[0] != '>')
        f->severity_to = n - (strcmp(t->op, "<") == 0);
    return 0;
}

static int set_term(struct local_log_filter *f, const struct term *t, struct cr_error *err)
{
    for (size_t i = 0; i < CR_LEN(fields); i++) {
        bool time = strcmp(t->name, "timestamp") == 0;

        if (strcmp(fields[i].name, t->name) != 0)
            continue;
        if (!fields[i].size)
            return set_severity(f, t, err);
        if (t->op[0] == '<' || (t->op[0] == '>' && !time))
            return unparsed(t->op, err);
        snprintf((char *)f + fields[i].at, fields[i].size, "%s", t->value);
        f->after = time ? strcmp(t->op, ">") == 0 : f->after;
        return 0;
    }
    return cr_fail(err, CR_E_API, "Unparseable filter: the local platform does not know the field '%s'", t->name);
}

int local_log_filter_read(const char *text, struct local_log_filter *f, struct cr_error *err)
{
    const char *p = text ? text : "";
    struct term t;

    *f = (struct local_log_filter){.severity_to = 1000};
    while (*(p += strspn(p, blanks)) != '\0') {
        if (strncmp(p, "AND", 3) == 0 && strchr(blanks, p[3])) {
            p += 3;
            continue;
        }
        if (read_term(&p, &t, err) < 0 || set_term(f, &t, err) < 0)
            return -1;
    }
    return 0;
}
