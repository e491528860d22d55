#include "base/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void cr_problems_clear(struct cr_problems *list)
{
    for (size_t i = 0; i < list->len; i++) {
        struct cr_problem *p = &list->row[i];

        free(p->place);
        free(p->msg);
        free(p->hint);
        free(p->rule);
        free(p->source);
    }
    free(list->row);
    *list = (struct cr_problems){0};
}

struct cr_problem *cr_problems_add(struct cr_problems *list, enum cr_code code, const char *place, const char *fmt, ...)
{
    struct cr_problem *p;
    va_list ap;
    char *msg;

    if (list->len == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 8;
        list->row = cr_realloc(list->row, list->cap * sizeof(*list->row));
    }
    va_start(ap, fmt);
    msg = cr_vformat(fmt, ap);
    va_end(ap);
    p = &list->row[list->len++];
    *p = (struct cr_problem){.code = code,
                             .place = cr_strdup(place ? place : ""),
                             .msg = msg,
                             .hint = cr_strdup(""),
                             .rule = cr_strdup(""),
                             .source = cr_strdup("")};
    return p;
}

void cr_problem_hint(struct cr_problem *row, const char *fmt, ...)
{
    va_list ap;
    char *hint;

    va_start(ap, fmt);
    hint = cr_vformat(fmt, ap);
    va_end(ap);
    free(row->hint);
    row->hint = hint;
}

/* Length of the "FILE:LINE:COLUMN" that a message starts with; 0: it starts with none. */
static size_t place_in(const char *msg)
{
    for (const char *p = strchr(msg, ':'); p; p = strchr(p + 1, ':')) {
        size_t line = strspn(p + 1, "0123456789");
        size_t column = line && p[1 + line] == ':' ? strspn(p + 2 + line, "0123456789") : 0;
        const char *end = p + 2 + line + column;

        if (column && strncmp(end, ": ", 2) == 0)
            return (size_t)(end - msg);
        if (p[1] == ' ')
            break; /* what follows is prose */
    }
    return 0;
}

void cr_problems_take(struct cr_problems *list, const char *place, struct cr_error *err)
{
    bool given = place && *place;
    size_t n = given ? 0 : place_in(err->msg);
    char *found = n ? cr_strndup(err->msg, n) : NULL;
    struct cr_problem *p = cr_problems_add(list, err->code, given ? place : found, "%s", err->msg + (n ? n + 2 : 0));

    free(found);
    cr_problem_hint(p, "%s", err->hint);
    *err = (struct cr_error){0};
}

size_t cr_problems_errors(const struct cr_problems *list)
{
    size_t n = 0;

    for (size_t i = 0; i < list->len; i++)
        n += !list->row[i].warning;
    return n;
}

int cr_problems_fail(const struct cr_problems *list, const char *subject, struct cr_error *err)
{
    size_t n = cr_problems_errors(list);
    const struct cr_problem *first = list->row;

    if (!n)
        return 0;
    while (first->warning)
        first++;
    if (n > 1)
        return cr_fail(err, first->code, "%zu problems in '%s'", n, subject);
    cr_fail(err, first->code, "%s%s%s", first->place, *first->place ? ": " : "", first->msg);
    return cr_hint(err, "%s", first->hint);
}
