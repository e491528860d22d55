#include "local/authority.h"

#include <ctype.h>
#include <string.h>

static size_t span(struct local_text t, size_t from, int (*is)(int), const char *also)
{
    size_t n = from;

    while (n < t.len && t.at[n] && (is((unsigned char)t.at[n]) || strchr(also, t.at[n])))
        n++;
    return n - from;
}

static bool is_port(struct local_text t, size_t from)
{
    size_t digits;

    if (from == t.len)
        return true;
    if (t.at[from] != ':')
        return false;
    digits = span(t, from + 1, isdigit, "");
    return digits <= 5 && from + 1 + digits == t.len;
}

bool local_authority_name(struct local_text authority, struct local_text *name)
{
    size_t n;

    if (authority.len && *authority.at == '[') {
        n = 1 + span(authority, 1, isxdigit, ":.");
        if (n == 1 || n == authority.len || authority.at[n++] != ']')
            return false;
    } else {
        n = span(authority, 0, isalnum, "-._");
    }
    if (!n || !is_port(authority, n))
        return false;
    *name = (struct local_text){authority.at, authority.at[n - 1] == '.' ? n - 1 : n};
    return name->len > 0;
}
