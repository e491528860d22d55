#include "unicode.h"

#include <string.h>

#include <utf8proc.h>

struct range {
    uint32_t first, last;
};

#include "unicode_tables.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool in_ranges(uint32_t c, const struct range *r, size_t n)
{
    size_t low = 0;

    while (low < n) {
        size_t mid = low + (n - low) / 2;

        if (c > r[mid].last)
            low = mid + 1;
        else if (c < r[mid].first)
            n = mid;
        else
            return true;
    }
    return false;
}

size_t unicode_read(const char *s, size_t n, uint32_t *out)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t took;

    if (!((unsigned char)s[0] & 0x80)) {
        *out = (unsigned char)s[0];
        return 1;
    }
    /* No code point is longer than four bytes, and the library takes a signed length. */
    took = utf8proc_iterate((const utf8proc_uint8_t *)s, n < 4 ? (utf8proc_ssize_t)n : 4, &c);
    if (took <= 0) {
        *out = UNICODE_BAD;
        return 1;
    }
    *out = (uint32_t)c;
    return (size_t)took;
}

size_t unicode_write(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

size_t unicode_count(const char *s, size_t n)
{
    size_t count = 0;
    uint32_t c;

    for (size_t i = 0; i < n; count++)
        i += unicode_read(s + i, n - i, &c);
    return count;
}

size_t unicode_cut(const char *s, size_t most)
{
    size_t n = strnlen(s, most);

    if (n == most)
        while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
            n--;
    return n;
}

bool unicode_valid(const char *s, size_t n)
{
    uint32_t c;

    for (size_t i = 0, took; i < n; i += took) {
        took = unicode_read(s + i, n - i, &c);
        if (c == UNICODE_BAD && took == 1)
            return false;
    }
    return true;
}

bool unicode_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

bool unicode_is_control(uint32_t c)
{
    if (c >= 0x20 && c < 0x7F)
        return false;
    return in_ranges(c, controls, COUNT(controls));
}

bool unicode_is_punctuation(uint32_t c)
{
    if (c < 0x80)
        return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    return in_ranges(c, punctuation, COUNT(punctuation));
}

bool unicode_is_mark(uint32_t c)
{
    return c >= marks[0].first && in_ranges(c, marks, COUNT(marks));
}

bool unicode_is_chinese(uint32_t c)
{
    static const struct range blocks[] = {
        {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},   {0x20000, 0x2A6DF},
        {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F},
    };

    return c >= blocks[0].first && in_ranges(c, blocks, COUNT(blocks));
}

bool unicode_is_word(uint32_t c)
{
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
        return true;
    default:
        /* Joiners, and the circled and squared letters, which are symbols that count as alphabetic. */
        return c == 0x200C || c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
               (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
    }
}

size_t unicode_lower(uint32_t c, uint32_t out[2])
{
    if (c < 0x80) {
        out[0] = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
        return 1;
    }
    if (c == 0x130) { /* capital I with dot above: the only character whose lower case is two */
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    out[0] = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    return 1;
}

size_t unicode_decompose(uint32_t c, uint32_t out[UNICODE_DECOMPOSED_MAX])
{
    utf8proc_int32_t parts[UNICODE_DECOMPOSED_MAX];
    int boundary = 0;
    utf8proc_ssize_t n;

    out[0] = c;
    if (c < 0xC0)
        return 1;
    n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, UNICODE_DECOMPOSED_MAX, UTF8PROC_DECOMPOSE, &boundary);
    if (n < 1 || n > UNICODE_DECOMPOSED_MAX)
        return 1;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (uint32_t)parts[i];
    return (size_t)n;
}

int unicode_combining_class(uint32_t c)
{
    return c < 0x300 ? 0 : utf8proc_get_property((utf8proc_int32_t)c)->combining_class;
}
