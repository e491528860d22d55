#include "json_size.h"

#include <stdbool.h>

/* What jansson 2.14 allocates on a 64-bit machine, with what malloc adds. */
enum {
    ARRAY = 160,  /* json_array_t, and a table of eight values */
    OBJECT = 256, /* json_object_t, and a table of eight buckets */
    VALUE = 96,   /* a number or a string, its places in an array that doubles, and a copy of a short text */
    KEY = 160,    /* a pair of an object: its node, its share of the buckets as they double, and its key */
};

size_t json_size(const char *text, size_t length)
{
    size_t size = VALUE + 4 * length; /* texts: in the lexer's buffer, which doubles, and in their values */
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        size += c == ',' ? VALUE : c == '[' ? ARRAY : c == '{' ? OBJECT : c == ':' ? KEY : 0;
    }
    return size;
}
