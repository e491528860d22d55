#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf may cut a character in two; a client's JSON parser would refuse the rest. */
static void trim_to_utf8(char *s)
{
    size_t n = strlen(s), lead = n;

    while (lead > 0 && n - lead < 4 && ((unsigned char)s[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    unsigned char c = (unsigned char)s[lead - 1];
    size_t want = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

    if (n - (lead - 1) < want)
        s[lead - 1] = '\0';
}

int error_set(struct error *err, int status, const char *fmt, ...)
{
    char text[sizeof(err->msg)]; /* an argument may be err->msg itself */
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    trim_to_utf8(text);
    memcpy(err->msg, text, sizeof(text));
    err->status = status;
    return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
    char inner[sizeof(err->msg)], outer[sizeof(err->msg) / 2];
    va_list ap;

    memcpy(inner, err->msg, sizeof(inner));
    va_start(ap, fmt);
    vsnprintf(outer, sizeof(outer), fmt, ap);
    va_end(ap);
    return error_set(err, err->status, "%s: %s", outer, inner);
}
