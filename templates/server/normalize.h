/*
 * normalize.h - text as BERT's tokenizer sees it: cleaned, ideographs set apart, accents off, lower case; and for each
 * character the bytes of the text it came from.
 *
 * The four steps and their order are those of BertNormalizer in Hugging Face's `tokenizers`.
 */
#ifndef SERVER_NORMALIZE_H
#define SERVER_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct normalizer {
    bool clean;   /* drop control characters, make every kind of white space a space */
    bool chinese; /* a space on both sides of every ideograph */
    bool strip;   /* canonical decomposition, then drop non-spacing marks */
    bool lower;   /* character by character, without regard for neighbours or language */
};

struct normal_char {
    uint32_t c, start, end; /* code point; bytes [start, end) of the text */
};

struct normal {
    struct normal_char *at;
    size_t n, cap;
};

/* Replaces the content of *out by that of text[from, to); to is below 4 GiB. Linear in the bytes. */
void normalize(const struct normalizer *how, const char *text, size_t from, size_t to, struct normal *out);
void normal_free(struct normal *n);

#endif
