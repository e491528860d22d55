#include "vocab.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "vocab_block.h"
#include "vocab_source.h"

enum { FLAG_CLEAN = 1, FLAG_CHINESE = 2, FLAG_STRIP = 4, FLAG_LOWER = 8, FLAG_ALL = 15 };

uint32_t block_flags(const struct normalizer *n)
{
    return (n->clean ? FLAG_CLEAN : 0u) | (n->chinese ? FLAG_CHINESE : 0u) | (n->strip ? FLAG_STRIP : 0u) |
           (n->lower ? FLAG_LOWER : 0u);
}

size_t block_size(const struct block_header *h)
{
    size_t at = block_align(sizeof(*h));

    for (int k = 0; k < BLOCK_TRIES; k++)
        at = block_align(at + ((size_t)h->n_nodes[k] + 1) * sizeof(struct trie_node));
    at = block_align(at + h->n_added * sizeof(struct vocab_added));
    at = block_align(at + h->n_ids * sizeof(struct vocab_span));
    for (int k = 0; k < BLOCK_TRIES; k++)
        at = block_align(at + h->n_nodes[k] - 1);
    return block_align(at + h->n_text);
}

static bool header_is_sound(const struct block_header *h, size_t size)
{
    if (size < sizeof(*h) || memcmp(h->magic, BLOCK_MAGIC, sizeof(h->magic)) != 0 || h->order != BLOCK_ORDER)
        return false;
    for (int k = 0; k < BLOCK_TRIES; k++)
        if (h->n_nodes[k] < 1 || h->n_nodes[k] > VOCAB_MAX_TEXT + 1)
            return false;
    return h->n_ids <= VOCAB_MAX_IDS && h->n_added <= VOCAB_MAX_IDS && h->n_text <= VOCAB_MAX_TEXT &&
           h->prefix_len <= h->n_text && h->flags <= FLAG_ALL && h->unk < h->n_ids && h->cls < h->n_ids &&
           h->sep < h->n_ids && h->max_word >= 1 && h->max_word <= VOCAB_MAX_WORD && block_size(h) == size;
}

static const void *section(const struct vocab *v, size_t *at, size_t n)
{
    const void *here = (const char *)v->block + *at;

    *at = block_align(*at + n);
    return here;
}

static void find_sections(struct vocab *v, const struct block_header *h)
{
    struct trie *tries[BLOCK_TRIES] = {&v->pieces, &v->raw, &v->normal};
    size_t at = block_align(sizeof(*h));

    for (int k = 0; k < BLOCK_TRIES; k++) {
        tries[k]->n = h->n_nodes[k];
        tries[k]->nodes = section(v, &at, (h->n_nodes[k] + 1) * sizeof(struct trie_node));
    }
    v->added = section(v, &at, h->n_added * sizeof(*v->added));
    v->spans = section(v, &at, h->n_ids * sizeof(*v->spans));
    for (int k = 0; k < BLOCK_TRIES; k++)
        tries[k]->labels = section(v, &at, h->n_nodes[k] - 1);
    v->text = section(v, &at, h->n_text);
}

static bool sections_are_sound(const struct vocab *v, const struct block_header *h)
{
    if (!trie_check(&v->pieces, v->n_ids) || !trie_check(&v->raw, v->n_added) || !trie_check(&v->normal, v->n_added))
        return false;
    for (uint32_t i = 0; i < v->n_added; i++)
        if (v->added[i].id >= v->n_ids)
            return false;
    for (uint32_t i = 0; i < v->n_ids; i++)
        if (v->spans[i].at > h->n_text || v->spans[i].len > h->n_text - v->spans[i].at)
            return false;
    return true;
}

int block_open(void *block, size_t size, bool mapped, struct vocab **out, struct error *err)
{
    const struct block_header *h = block;
    struct vocab *v;

    if (!header_is_sound(h, size))
        return error_set(err, 500, "not a compiled vocabulary of this version and machine");
    v = mem_alloc(sizeof(*v));
    *v = (struct vocab){.unk = h->unk,
                        .cls = h->cls,
                        .sep = h->sep,
                        .max_word = h->max_word,
                        .n_ids = h->n_ids,
                        .prefix_len = h->prefix_len,
                        .n_added = h->n_added,
                        .block = block,
                        .size = size,
                        .mapped = mapped};
    v->normalizer = (struct normalizer){.clean = h->flags & FLAG_CLEAN,
                                        .chinese = h->flags & FLAG_CHINESE,
                                        .strip = h->flags & FLAG_STRIP,
                                        .lower = h->flags & FLAG_LOWER};
    find_sections(v, h);
    v->prefix = v->text;
    if (!sections_are_sound(v, h)) {
        free(v);
        return error_set(err, 500, "the compiled vocabulary is damaged");
    }
    v->continuing = trie_walk(&v->pieces, 0, v->prefix, v->prefix_len);
    *out = v;
    return 0;
}

int vocab_parse(const char *bytes, size_t n, enum vocab_kind kind, const struct vocab_options *options,
                struct vocab **out, struct error *err)
{
    struct vocab_source source = {0};
    void *document = NULL;
    int rc;

    if (kind == VOCAB_JSON)
        rc = source_from_json(bytes, n, &source, &document, err);
    else
        rc = source_from_lines(bytes, n, options, &source, err);
    if (rc == 0)
        rc = vocab_make(&source, out, err);
    source_clear(&source);
    json_decref(document);
    return rc;
}

static int open_mapping(void *bytes, size_t n, enum vocab_kind kind, const struct vocab_options *options,
                        struct vocab **out, struct error *err)
{
    bool compiled = n >= sizeof(struct block_header) && !memcmp(bytes, BLOCK_MAGIC, 8);
    int rc = compiled ? block_open(bytes, n, true, out, err) : vocab_parse(bytes, n, kind, options, out, err);

    if (rc < 0 || !compiled) /* what is compiled stays mapped as long as the vocabulary */
        munmap(bytes, n);
    return rc;
}

static int map_file(const char *path, void **bytes, size_t *n, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return error_set(err, 500, "cannot open: %s", strerror(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 1 || st.st_size > (1LL << 30)) {
        close(fd);
        return error_set(err, 500, "not a file of 1 byte to 1 GiB");
    }
    *n = (size_t)st.st_size;
    *bytes = mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    return *bytes == MAP_FAILED ? error_set(err, 500, "cannot map: %s", strerror(errno)) : 0;
}

int vocab_open(const char *path, enum vocab_kind kind, const struct vocab_options *options, struct vocab **out,
               struct error *err)
{
    void *bytes = NULL;
    size_t n = 0;

    if (map_file(path, &bytes, &n, err) < 0 || open_mapping(bytes, n, kind, options, out, err) < 0)
        return error_wrap(err, "tokenizer '%s'", path);
    return 0;
}

int vocab_write(const struct vocab *v, FILE *f, struct error *err)
{
    if (fwrite(v->block, 1, v->size, f) != v->size || fflush(f))
        return error_set(err, 500, "cannot write the compiled vocabulary: %s", strerror(errno));
    return 0;
}

void vocab_free(struct vocab *v)
{
    if (!v)
        return;
    if (v->mapped)
        munmap(v->block, v->size);
    else
        free(v->block);
    free(v);
}

const char *vocab_piece(const struct vocab *v, uint32_t id, size_t *len)
{
    if (id >= v->n_ids || v->spans[id].len == 0)
        return NULL;
    *len = v->spans[id].len;
    return v->text + v->spans[id].at;
}

const char *vocab_bare(const struct vocab *v, uint32_t id, size_t *len, bool *continues)
{
    const char *text = vocab_piece(v, id, len);

    if (!text)
        return NULL;
    *continues = v->prefix_len && *len > v->prefix_len && !memcmp(text, v->prefix, v->prefix_len);
    if (*continues) {
        *len -= v->prefix_len;
        text += v->prefix_len;
    }
    return text;
}
