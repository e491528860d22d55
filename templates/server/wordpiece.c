#include "wordpiece.h"

#include <string.h>

#include "added.h"
#include "mem.h"
#include "unicode.h"

/* The bytes of the longest word that is looked up. */
#define WORD_BYTES (VOCAB_MAX_WORD * 4)

static void put_token(struct encoding *e, uint32_t id, uint32_t start, uint32_t end)
{
    e->tokens = mem_grow(e->tokens, &e->cap, e->n + 1, sizeof(*e->tokens));
    e->tokens[e->n++] = (struct token){.id = id, .start = start, .end = end, .word = e->words};
}

/* Takes a word of at most max_word characters apart; false when no sequence of pieces makes it up. */
static bool put_pieces(const struct vocab *v, const struct normal_char *word, size_t n, struct encoding *e)
{
    char bytes[WORD_BYTES];
    size_t len = 0, at = 0, first = 0;

    for (size_t i = 0; i < n; i++)
        len += unicode_write(word[i].c, bytes + len);
    while (at < len) {
        uint32_t node = at ? v->continuing : 0, id = TRIE_NONE;
        size_t took = 0, last = first;
        char unused[4];

        if (node != TRIE_NONE)
            id = trie_longest(&v->pieces, node, bytes + at, len - at, &took);
        if (id == TRIE_NONE)
            return false;
        /* A piece is whole characters: how many is counted along. */
        for (at += took; took; last++)
            took -= unicode_write(word[last].c, unused);
        put_token(e, id, word[first].start, word[last - 1].end);
        first = last;
    }
    return true;
}

static void put_word(const struct vocab *v, const struct normal_char *word, size_t n, struct encoding *e)
{
    size_t before = e->n;

    if (n > v->max_word || !put_pieces(v, word, n, e)) {
        e->n = before;
        put_token(e, v->unk, word[0].start, word[n - 1].end);
    }
    e->words++;
}

static void split_words(const struct vocab *v, size_t from, size_t to, struct encoding *e)
{
    const struct normal_char *c = e->normal.at;
    size_t start = from;

    for (size_t i = from; i < to; i++) {
        bool space = unicode_is_space(c[i].c), alone = !space && unicode_is_punctuation(c[i].c);

        if (!space && !alone)
            continue;
        if (i > start)
            put_word(v, c + start, i - start, e);
        if (alone)
            put_word(v, c + i, 1, e);
        start = i + 1;
    }
    if (to > start)
        put_word(v, c + start, to - start, e);
}

/* The normalised text as bytes, and for each byte the index of its character: what is looked for is bytes. */
static size_t write_normal(struct encoding *e)
{
    size_t n = 0;

    e->bytes = mem_grow(e->bytes, &e->cap_bytes, e->normal.n * 4, 1);
    e->origin = mem_grow(e->origin, &e->cap_origin, e->normal.n * 4 + 1, sizeof(*e->origin));
    for (size_t i = 0; i < e->normal.n; i++) {
        size_t took = unicode_write(e->normal.at[i].c, e->bytes + n);

        for (size_t k = 0; k < took; k++)
            e->origin[n + k] = (uint32_t)i;
        n += took;
    }
    e->origin[n] = (uint32_t)e->normal.n;
    return n;
}

/* Text between added tokens. */
static void put_text(const struct vocab *v, const char *text, size_t from, size_t to, struct encoding *e)
{
    struct added_match m = {0};
    size_t n, done = 0;

    normalize(&v->normalizer, text, from, to, &e->normal);
    if (v->normal.n == 1) {
        split_words(v, 0, e->normal.n, e);
        return;
    }
    n = write_normal(e);
    while (added_next(v, &v->normal, e->bytes, n, &m)) {
        uint32_t first = e->origin[m.start], last = e->origin[m.end];

        split_words(v, e->origin[done], first, e);
        put_token(e, m.id, e->normal.at[first].start, e->normal.at[last - 1].end);
        e->words++;
        done = m.end;
    }
    split_words(v, e->origin[done], e->normal.n, e);
}

int wordpiece_encode(const struct vocab *v, const char *text, size_t len, struct encoding *out, struct error *err)
{
    struct added_match m = {0};
    size_t done = 0;

    if (len > UINT32_MAX - 1)
        return error_set(err, 400, "a text of %zu bytes is too long", len);
    out->n = 0;
    out->words = 0;
    while (added_next(v, &v->raw, text, len, &m)) {
        put_text(v, text, done, m.start, out);
        put_token(out, m.id, (uint32_t)m.start, (uint32_t)m.end);
        out->words++;
        done = m.end;
    }
    put_text(v, text, done, len, out);
    return 0;
}

void encoding_free(struct encoding *e)
{
    free(e->tokens);
    free(e->bytes);
    free(e->origin);
    normal_free(&e->normal);
    *e = (struct encoding){0};
}

char *wordpiece_join(const struct vocab *v, const struct token *tokens, size_t n)
{
    size_t cap = 0, len = 0, more;
    char *out = NULL;

    for (size_t i = 0; i < n; i++) {
        bool continues = false;
        const char *text = vocab_bare(v, tokens[i].id, &more, &continues);

        if (!text)
            continue;
        out = mem_grow(out, &cap, len + more + 2, 1);
        if (len && !continues)
            out[len++] = ' ';
        memcpy(out + len, text, more);
        len += more;
    }
    out = mem_grow(out, &cap, len + 1, 1);
    out[len] = '\0';
    return out;
}
