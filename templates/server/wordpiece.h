/*
 * wordpiece.h - text to ids, equal to Hugging Face's `tokenizers` for a BERT tokenizer: added tokens are found in the
 * raw text first (so "[SEP]" inside a text is the special token, as there), the rest is normalised, cut at white space
 * and around punctuation, and each word taken apart greedily, longest piece first.
 *
 * Input: any bytes, NUL and broken UTF-8 included (see unicode.h). Time is linear in the text.
 * Threads: the vocabulary is shared, an encoding is not. It keeps its memory for the next text.
 */
#ifndef SERVER_WORDPIECE_H
#define SERVER_WORDPIECE_H

#include "vocab.h"

struct token {
    uint32_t id;
    uint32_t start, end; /* bytes [start, end) of the text */
    uint32_t word;       /* which word of the text it belongs to, counted from 0 */
};

struct encoding {
    struct token *tokens;
    size_t n;
    /* Working memory. */
    size_t cap, cap_bytes, cap_origin;
    struct normal normal;
    char *bytes;
    uint32_t *origin;
    uint32_t words;
};

/* Replaces the content of *out. The only error is a text of 4 GiB or more: 400. No special tokens are added. */
int wordpiece_encode(const struct vocab *v, const char *text, size_t len, struct encoding *out, struct error *err);
void encoding_free(struct encoding *e);

/* The tokens as text, new and terminated: joined by spaces, pieces that continue a word without their prefix and
 * glued to what stands before. An unknown word reads as the unknown token does: "[UNK]". */
char *wordpiece_join(const struct vocab *v, const struct token *tokens, size_t n);

#endif
