/* From a source to the flat form: every text once in one string, three tries, and a header in front. */
#include <string.h>

#include "mem.h"
#include "unicode.h"
#include "vocab_block.h"
#include "vocab_source.h"

void source_piece(struct vocab_source *s, const char *text, size_t len, size_t id)
{
    s->pieces = mem_grow(s->pieces, &s->cap_pieces, s->n_pieces + 1, sizeof(*s->pieces));
    s->pieces[s->n_pieces++] = (struct source_piece){text, len, id};
}

void source_added(struct vocab_source *s, const char *text, size_t len, size_t id, uint32_t flags)
{
    s->added = mem_grow(s->added, &s->cap_added, s->n_added + 1, sizeof(*s->added));
    s->added[s->n_added++] = (struct source_added){text, len, id, flags};
}

void source_clear(struct vocab_source *s)
{
    free(s->pieces);
    free(s->added);
    *s = (struct vocab_source){0};
}

/* The parts before they are laid out. */
struct parts {
    struct block_header head;
    struct trie_node *nodes[BLOCK_TRIES];
    uint8_t *labels[BLOCK_TRIES];
    struct vocab_added *added;
    struct vocab_span *spans;
    char *text;
};

static int check_ids(const struct vocab_source *s, struct block_header *h, struct error *err)
{
    size_t text = strlen(s->prefix);

    if (!s->n_pieces)
        return error_set(err, 500, "the vocabulary is empty");
    for (size_t i = 0; i < s->n_pieces + s->n_added; i++) {
        bool piece = i < s->n_pieces;
        size_t id = piece ? s->pieces[i].id : s->added[i - s->n_pieces].id;
        size_t len = piece ? s->pieces[i].len : s->added[i - s->n_pieces].len;

        if (id >= VOCAB_MAX_IDS)
            return error_set(err, 500, "the vocabulary has id %zu, and ids must be below %u", id, VOCAB_MAX_IDS);
        if (len > VOCAB_MAX_TEXT || text + len > VOCAB_MAX_TEXT)
            return error_set(err, 500, "the vocabulary has more than %u bytes of text", VOCAB_MAX_TEXT);
        text += len;
        if (id >= h->n_ids)
            h->n_ids = (uint32_t)id + 1;
    }
    if (s->max_word < 1 || s->max_word > VOCAB_MAX_WORD)
        return error_set(err, 500, "'max_input_chars_per_word' is %zu, and must be 1 to %u", s->max_word,
                         VOCAB_MAX_WORD);
    h->max_word = (uint32_t)s->max_word;
    h->n_text = (uint32_t)text;
    return 0;
}

/* Every text goes behind the prefix, once for each id; the later of two texts with one id is the one shown. */
static void lay_text(const struct vocab_source *s, struct parts *p)
{
    uint32_t at = (uint32_t)strlen(s->prefix);

    p->text = mem_alloc(p->head.n_text);
    p->spans = mem_alloc(p->head.n_ids * sizeof(*p->spans));
    memset(p->spans, 0, p->head.n_ids * sizeof(*p->spans));
    memcpy(p->text, s->prefix, at);
    p->head.prefix_len = at;
    for (size_t i = 0; i < s->n_pieces + s->n_added; i++) {
        bool piece = i < s->n_pieces;
        const char *text = piece ? s->pieces[i].text : s->added[i - s->n_pieces].text;
        size_t len = piece ? s->pieces[i].len : s->added[i - s->n_pieces].len;

        memcpy(p->text + at, text, len);
        p->spans[piece ? s->pieces[i].id : s->added[i - s->n_pieces].id] = (struct vocab_span){at, (uint32_t)len};
        at += (uint32_t)len;
    }
}

static void make_pieces(const struct vocab_source *s, struct parts *p)
{
    struct trie_word *words = mem_alloc(s->n_pieces * sizeof(*words));

    for (size_t i = 0; i < s->n_pieces; i++)
        words[i] = (struct trie_word){s->pieces[i].text, (uint32_t)s->pieces[i].len, (uint32_t)s->pieces[i].id};
    trie_build(words, s->n_pieces, &p->nodes[BLOCK_PIECES], &p->labels[BLOCK_PIECES], &p->head.n_nodes[BLOCK_PIECES]);
    free(words);
}

/* The text an added token is looked for as, new: as written, or as the normaliser leaves it. */
static char *sought(const struct vocab_source *s, const struct source_added *a, uint32_t *len)
{
    struct normal normal = {0};
    char *text;

    if (!(a->flags & VOCAB_NORMALIZED)) {
        text = mem_alloc(a->len);
        memcpy(text, a->text, a->len);
        *len = (uint32_t)a->len;
        return text;
    }
    normalize(&s->normalizer, a->text, 0, a->len, &normal);
    text = mem_alloc(normal.n * 4);
    *len = 0;
    for (size_t i = 0; i < normal.n; i++)
        *len += (uint32_t)unicode_write(normal.at[i].c, text + *len);
    normal_free(&normal);
    return text;
}

/* Added tokens stand in reverse, since a trie keeps the greatest of equal words and here the first must win. */
static void make_added(const struct vocab_source *s, struct parts *p, int which, bool normalized)
{
    struct trie_word *words = mem_alloc(s->n_added * sizeof(*words));
    char **texts = mem_alloc(s->n_added * sizeof(*texts));
    size_t n = 0;

    for (size_t i = 0; i < s->n_added; i++) {
        const struct source_added *a = &s->added[s->n_added - 1 - i];

        p->added[i] = (struct vocab_added){(uint32_t)a->id, a->flags};
        if (!!(a->flags & VOCAB_NORMALIZED) != normalized)
            continue;
        texts[n] = sought(s, a, &words[n].len);
        words[n].text = texts[n];
        words[n++].value = (uint32_t)i;
    }
    trie_build(words, n, &p->nodes[which], &p->labels[which], &p->head.n_nodes[which]);
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
    free(texts);
    free(words);
}

static int find_id(const struct vocab_source *s, const struct parts *p, const char *text, uint32_t *id,
                   struct error *err)
{
    const struct trie t = {p->nodes[BLOCK_PIECES], p->labels[BLOCK_PIECES], p->head.n_nodes[BLOCK_PIECES]};
    uint32_t node = trie_walk(&t, 0, text, strlen(text));

    if (node != TRIE_NONE && node != 0 && t.nodes[node].value != TRIE_NONE) {
        *id = t.nodes[node].value;
        return 0;
    }
    for (size_t i = 0; i < s->n_added; i++)
        if (s->added[i].len == strlen(text) && !memcmp(s->added[i].text, text, s->added[i].len)) {
            *id = (uint32_t)s->added[i].id;
            return 0;
        }
    return error_set(err, 500, "the vocabulary lacks '%s'", text);
}

/* Copies a part behind the others; n bytes, padded so that the next one is aligned. */
static size_t lay(char *block, size_t at, const void *part, size_t n)
{
    if (n)
        memcpy(block + at, part, n);
    return block_align(at + n);
}

static int lay_out(const struct parts *p, struct vocab **out, struct error *err)
{
    size_t size = block_size(&p->head), at = block_align(sizeof(p->head));
    char *block = mem_alloc(size);

    memset(block, 0, size); /* padding too: the same source gives the same bytes */
    memcpy(block, &p->head, sizeof(p->head));
    for (int k = 0; k < BLOCK_TRIES; k++)
        at = lay(block, at, p->nodes[k], (p->head.n_nodes[k] + 1) * sizeof(struct trie_node));
    at = lay(block, at, p->added, p->head.n_added * sizeof(*p->added));
    at = lay(block, at, p->spans, p->head.n_ids * sizeof(*p->spans));
    for (int k = 0; k < BLOCK_TRIES; k++)
        at = lay(block, at, p->labels[k], p->head.n_nodes[k] - 1);
    lay(block, at, p->text, p->head.n_text);
    if (block_open(block, size, false, out, err) == 0)
        return 0;
    free(block);
    return -1;
}

int vocab_make(const struct vocab_source *s, struct vocab **out, struct error *err)
{
    struct parts p = {.head = {.order = BLOCK_ORDER, .n_added = (uint32_t)s->n_added}};
    int failed;

    if (check_ids(s, &p.head, err) < 0)
        return -1;
    memcpy(p.head.magic, BLOCK_MAGIC, sizeof(p.head.magic));
    p.head.flags = block_flags(&s->normalizer);
    p.added = mem_alloc(s->n_added * sizeof(*p.added));
    lay_text(s, &p);
    make_pieces(s, &p);
    make_added(s, &p, BLOCK_RAW, false);
    make_added(s, &p, BLOCK_NORMAL, true);
    failed = find_id(s, &p, s->unk, &p.head.unk, err) < 0 || find_id(s, &p, s->cls, &p.head.cls, err) < 0 ||
             find_id(s, &p, s->sep, &p.head.sep, err) < 0 || lay_out(&p, out, err) < 0;
    for (int k = 0; k < BLOCK_TRIES; k++) {
        free(p.nodes[k]);
        free(p.labels[k]);
    }
    free(p.added);
    free(p.spans);
    free(p.text);
    return failed ? -1 : 0;
}
