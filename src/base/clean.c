#include "base/clean.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define INVALID UINT32_MAX

/* Length of a character by its first byte; 1 for what begins none. */
static size_t length_of(unsigned char first)
{
    return first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
}

/* The first character of p[0..n) and its length; 0 when it is cut. What is not UTF-8 is INVALID, one byte at a time. */
static size_t decode(const unsigned char *p, size_t n, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = length_of(p[0]);

    *character = len > 1 ? p[0] & (0x7fU >> len) : p[0] < 0x80 ? p[0] : INVALID;
    for (size_t i = 1; i < len; i++) {
        if (i == n)
            return 0;
        if ((p[i] & 0xc0) != 0x80) {
            *character = INVALID;
            return 1;
        }
        *character = *character << 6 | (p[i] & 0x3fU);
    }
    if (len > 1 &&
        (*character < least[len] || *character > 0x10ffff || (*character >= 0xd800 && *character < 0xe000))) {
        *character = INVALID;
        return 1;
    }
    return len;
}

/* Sources: ECMA-48 for C0 and C1; Unicode 15.1, 23.2 (directional formatting characters) and 5.8 (line separators). */
static bool steers(uint32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void emit(const struct cr_clean *c, uint32_t character, size_t len, FILE *to)
{
    if (character != INVALID && !steers(character))
        fwrite(c->part, 1, len, to);
    else if (c->json && character != INVALID)
        fprintf(to, "\\u%04x", (unsigned)character);
    else if (character != '\r')
        fputc('?', to);
}

void cr_clean_add(struct cr_clean *c, const char *bytes, size_t n, FILE *to)
{
    uint32_t character;
    size_t len;

    while (n--) {
        c->part[c->have++] = (unsigned char)*bytes++;
        while (c->have && (len = decode(c->part, c->have, &character))) {
            emit(c, character, len, to);
            c->have -= len;
            memmove(c->part, c->part + len, c->have);
        }
    }
}

void cr_clean_end(struct cr_clean *c, FILE *to)
{
    for (; c->have; c->have--)
        fputc('?', to);
}

void cr_clean_put(const char *text, FILE *to)
{
    struct cr_clean c = {0};

    cr_clean_add(&c, text, strlen(text), to);
    cr_clean_end(&c, to);
}

char *cr_clean_text(const char *text)
{
    char *clean = NULL;
    size_t n;
    FILE *to = cr_oom_check(open_memstream(&clean, &n));

    cr_clean_put(text, to);
    fclose(to);
    return cr_oom_check(clean);
}

struct stream {
    struct cr_clean clean;
    FILE *to;
};

static ssize_t stream_write(void *cookie, const char *bytes, size_t n)
{
    struct stream *s = cookie;

    cr_clean_add(&s->clean, bytes, n, s->to);
    return fflush(s->to) == EOF || ferror(s->to) ? 0 : (ssize_t)n;
}

static int stream_close(void *cookie)
{
    struct stream *s = cookie;
    int failed;

    cr_clean_end(&s->clean, s->to);
    failed = fflush(s->to);
    free(s);
    return failed;
}

FILE *cr_clean_stream(FILE *to, bool json)
{
    struct stream *s = cr_calloc(1, sizeof(*s));
    FILE *f;

    *s = (struct stream){.clean = {.json = json}, .to = to};
    f = cr_oom_check(fopencookie(s, "w", (cookie_io_functions_t){.write = stream_write, .close = stream_close}));
    if (isatty(fileno(to)))
        setvbuf(f, NULL, _IOLBF, BUFSIZ);
    return f;
}
