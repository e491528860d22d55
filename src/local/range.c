#include "local/range.h"

#include <string.h>
#include <strings.h>

/* At most 18 digits, so that sums of two never overflow. */
static bool number(const char **p, int64_t *n)
{
    size_t digits = strspn(*p, "0123456789");

    if (digits == 0 || digits > 18)
        return false;
    *n = 0;
    for (; digits; digits--)
        *n = *n * 10 + (*(*p)++ - '0');
    return true;
}

static bool skip(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

bool local_chunk_parse(const char *text, struct local_chunk *chunk)
{
    struct local_chunk c = {-1, -1, -1};
    const char *p = text;

    if (!p || strncasecmp(p, "bytes ", 6) != 0)
        return false;
    p += 6;
    if (!skip(&p, '*') && (!number(&p, &c.first) || !skip(&p, '-') || !number(&p, &c.last) || c.last < c.first))
        return false;
    if (!skip(&p, '/') || (!skip(&p, '*') && !number(&p, &c.total)))
        return false;
    if (*p || (c.total >= 0 && c.last >= c.total))
        return false;
    *chunk = c;
    return true;
}

enum local_range local_range_parse(const char *text, int64_t total, int64_t *from, int64_t *size)
{
    int64_t first = -1, last = -1;
    const char *p = text;

    if (!p || strncasecmp(p, "bytes=", 6) != 0)
        return LOCAL_RANGE_ALL;
    p += 6;
    if (skip(&p, '-')) {
        if (!number(&p, &last) || *p)
            return LOCAL_RANGE_ALL;
        if (last == 0 || total == 0)
            return LOCAL_RANGE_NONE;
        first = last < total ? total - last : 0;
        last = total - 1;
    } else {
        if (!number(&p, &first) || !skip(&p, '-'))
            return LOCAL_RANGE_ALL;
        if (*p && (!number(&p, &last) || *p || last < first))
            return LOCAL_RANGE_ALL;
        if (first >= total)
            return LOCAL_RANGE_NONE;
        if (last < 0 || last >= total)
            last = total - 1;
    }
    *from = first;
    *size = last - first + 1;
    return LOCAL_RANGE_PART;
}
