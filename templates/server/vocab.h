/*
 * vocab.h - a WordPiece vocabulary with all that decides how text becomes ids: the pieces, the added tokens and the
 * options of normaliser and model. One flat block of memory, so it can be written to a file and mapped again.
 *
 * Sources: tokenizer.json of Hugging Face's `tokenizers` (BertNormalizer, BertPreTokenizer, WordPiece; other types are
 *   refused by name), vocab.txt (a piece a line; options from tokenizer_config.json), or what vocab_write wrote.
 * Threads: read only once open; any number may use it.
 * Errors: status 500, naming the file.
 */
#ifndef SERVER_VOCAB_H
#define SERVER_VOCAB_H

#include <stdio.h>

#include "error.h"
#include "normalize.h"
#include "trie.h"

#define VOCAB_MAX_IDS (1u << 22)  /* ids are below this */
#define VOCAB_MAX_TEXT (1u << 28) /* bytes of all pieces together */
#define VOCAB_MAX_WORD 1000u      /* ceiling of max_input_chars_per_word */

/* A token that is found in the text before it is cut into words, as "[SEP]" is. */
enum vocab_added_flag {
    VOCAB_SINGLE_WORD = 1, /* only where no letter touches it */
    VOCAB_LSTRIP = 2,      /* takes the white space before it */
    VOCAB_RSTRIP = 4,      /* takes the white space after it */
    VOCAB_NORMALIZED = 8   /* looked for in the normalised text, not as written */
};

struct vocab_added {
    uint32_t id, flags;
};

struct vocab_span {
    uint32_t at, len;
};

struct vocab {
    struct normalizer normalizer;
    uint32_t unk, cls, sep;  /* ids */
    uint32_t max_word;       /* characters of a word; a longer one is unknown */
    uint32_t continuing;     /* node of `pieces` below which the pieces stand that continue a word, or TRIE_NONE */
    struct trie pieces;      /* values are ids */
    struct trie raw, normal; /* added tokens; values are indices of `added` */
    const struct vocab_added *added;
    const struct vocab_span *spans; /* of each id, in text; length 0: no such id */
    const char *text;
    const char *prefix; /* "##" */
    uint32_t prefix_len, n_ids, n_added;
    void *block; /* the whole, of `size` bytes; mapped or allocated */
    size_t size;
    bool mapped;
};

/* What tokenizer_config.json may say about a vocab.txt. -1: not said. */
struct vocab_options {
    int lower;   /* do_lower_case; default yes */
    int chinese; /* tokenize_chinese_chars; default yes */
    int strip;   /* strip_accents; default as lower */
};

enum vocab_kind {
    VOCAB_JSON, /* tokenizer.json */
    VOCAB_LINES /* vocab.txt */
};

/* Either kind may also be a compiled one, which its first bytes tell. Options count for vocab.txt; NULL: defaults. */
int vocab_open(const char *path, enum vocab_kind kind, const struct vocab_options *options, struct vocab **out,
               struct error *err);
int vocab_parse(const char *bytes, size_t n, enum vocab_kind kind, const struct vocab_options *options,
                struct vocab **out, struct error *err);
int vocab_write(const struct vocab *v, FILE *f, struct error *err); /* the form that is mapped; same bytes every time */
void vocab_free(struct vocab *v);                                   /* NULL is fine */

/* The text of an id, borrowed and not terminated; NULL when there is no such id. */
const char *vocab_piece(const struct vocab *v, uint32_t id, size_t *len);
/* The piece without the prefix when it continues a word; *continues says so. */
const char *vocab_bare(const struct vocab *v, uint32_t id, size_t *len, bool *continues);

#endif
