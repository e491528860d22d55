#include "normalize.h"

#include "mem.h"
#include "unicode.h"

/* What one pass carries along. Non-starters that are no marks wait in `held` until the next starter: canonical order
 * sorts them by combining class. Hardly any text has one. */
struct pass {
    const struct normalizer *how;
    struct normal *out;
    struct normal held;
};

static void append(struct normal *n, uint32_t c, uint32_t start, uint32_t end)
{
    n->at = mem_grow(n->at, &n->cap, n->n + 1, sizeof(*n->at));
    n->at[n->n++] = (struct normal_char){c, start, end};
}

static void put_lower(struct pass *p, struct normal_char x)
{
    uint32_t lower[2] = {x.c, 0};
    size_t n = p->how->lower ? unicode_lower(x.c, lower) : 1;

    for (size_t i = 0; i < n; i++)
        append(p->out, lower[i], x.start, x.end);
}

/* Puts out what is held, by ascending combining class and otherwise in order. A pass for each class that occurs: there
 * are at most 254 of them, so this is linear where an insertion sort would not be. Places in the text are not sorted
 * along: the spans of characters ascend whatever the text. */
static void release(struct pass *p)
{
    const struct normal_char *place = p->held.at;

    for (int class = 1, next; class < 256 && p->held.n; class = next) {
        next = 256;
        for (size_t i = 0; i < p->held.n; i++) {
            int own = unicode_combining_class(p->held.at[i].c);

            if (own > class && own < next)
                next = own;
            if (own != class)
                continue;
            put_lower(p, (struct normal_char){p->held.at[i].c, place->start, place->end});
            place++;
        }
    }
    p->held.n = 0;
}

static void put_stripped(struct pass *p, struct normal_char x)
{
    uint32_t parts[UNICODE_DECOMPOSED_MAX];
    size_t n = unicode_decompose(x.c, parts);

    for (size_t i = 0; i < n; i++) {
        bool starter = unicode_combining_class(parts[i]) == 0;

        if (starter && p->held.n)
            release(p);
        if (unicode_is_mark(parts[i]))
            continue;
        if (starter)
            put_lower(p, (struct normal_char){parts[i], x.start, x.end});
        else
            append(&p->held, parts[i], x.start, x.end);
    }
}

static void put(struct pass *p, struct normal_char x)
{
    if (p->how->strip && x.c >= 0xC0)
        put_stripped(p, x);
    else if (p->how->strip && p->held.n) {
        release(p);
        put_lower(p, x);
    } else
        put_lower(p, x);
}

void normalize(const struct normalizer *how, const char *text, size_t from, size_t to, struct normal *out)
{
    struct pass p = {.how = how, .out = out};

    out->n = 0;
    for (size_t i = from, took; i < to; i += took) {
        struct normal_char x = {.start = (uint32_t)i};
        struct normal_char space;

        took = unicode_read(text + i, to - i, &x.c);
        x.end = (uint32_t)(i + took);
        if (how->clean && unicode_is_control(x.c))
            continue;
        if (how->clean && unicode_is_space(x.c))
            x.c = ' ';
        if (!how->chinese || !unicode_is_chinese(x.c)) {
            put(&p, x);
            continue;
        }
        space = (struct normal_char){' ', x.start, x.end};
        put(&p, space);
        put(&p, x);
        put(&p, space);
    }
    release(&p);
    normal_free(&p.held);
}

void normal_free(struct normal *n)
{
    free(n->at);
    *n = (struct normal){0};
}
