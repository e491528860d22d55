#include "added.h"

#include "unicode.h"

/* The code point that ends at byte `end`, and where it starts. */
static size_t read_back(const char *s, size_t end, uint32_t *c)
{
    size_t at = end - 1;

    while (at > 0 && end - at < 4 && ((unsigned char)s[at] & 0xC0) == 0x80)
        at--;
    if (unicode_read(s + at, end - at, c) == end - at)
        return at;
    *c = UNICODE_BAD;
    return end - 1;
}

static bool stands_alone(const char *s, size_t n, size_t start, size_t end)
{
    uint32_t c;

    if (start > 0) {
        read_back(s, start, &c);
        if (unicode_is_word(c))
            return false;
    }
    if (end < n) {
        unicode_read(s + end, n - end, &c);
        if (unicode_is_word(c))
            return false;
    }
    return true;
}

/* Takes white space along, to the left as far as the last match reached. */
static void widen(const char *s, size_t n, size_t low, uint32_t flags, struct added_match *m)
{
    uint32_t c;
    size_t at;

    while ((flags & VOCAB_LSTRIP) && m->start > low) {
        at = read_back(s, m->start, &c);
        if (!unicode_is_space(c))
            break;
        m->start = at;
    }
    while ((flags & VOCAB_RSTRIP) && m->end < n) {
        at = m->end + unicode_read(s + m->end, n - m->end, &c);
        if (!unicode_is_space(c))
            break;
        m->end = at;
    }
}

bool added_next(const struct vocab *v, const struct trie *which, const char *s, size_t n, struct added_match *m)
{
    size_t low = m->end, len = 0;

    if (which->n == 1)
        return false;
    for (size_t at = low; at < n; at++) {
        uint32_t found = trie_longest(which, 0, s + at, n - at, &len);

        if (found == TRIE_NONE)
            continue;
        /* A match that is refused still hides what starts within it, as in the original. */
        if (!(v->added[found].flags & VOCAB_SINGLE_WORD) || stands_alone(s, n, at, at + len)) {
            *m = (struct added_match){.start = at, .end = at + len, .id = v->added[found].id};
            widen(s, n, low, v->added[found].flags, m);
            return true;
        }
        at += len - 1;
    }
    return false;
}
