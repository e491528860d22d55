/*
 * vocab_source.h - a vocabulary on its way from a file into its flat form.
 *
 * Ownership: texts are borrowed from the file's content or its JSON, which must live until vocab_make returned.
 */
#ifndef SERVER_VOCAB_SOURCE_H
#define SERVER_VOCAB_SOURCE_H

#include "vocab.h"

struct source_piece {
    const char *text;
    size_t len, id;
};

struct source_added {
    const char *text;
    size_t len, id;
    uint32_t flags;
};

struct vocab_source {
    struct normalizer normalizer;
    const char *unk, *cls, *sep, *prefix; /* terminated */
    size_t max_word;
    struct source_piece *pieces;
    struct source_added *added;
    size_t n_pieces, cap_pieces, n_added, cap_added;
};

void source_piece(struct vocab_source *s, const char *text, size_t len, size_t id);
void source_added(struct vocab_source *s, const char *text, size_t len, size_t id, uint32_t flags);
void source_clear(struct vocab_source *s);

/* Borrows from `bytes`; a whole file each. */
int source_from_lines(const char *bytes, size_t n, const struct vocab_options *options, struct vocab_source *s,
                      struct error *err);
/* *document, a json_t, is what s borrows from: the caller gives it back with json_decref, on failure too. */
int source_from_json(const char *bytes, size_t n, struct vocab_source *s, void **document, struct error *err);

int vocab_make(const struct vocab_source *s, struct vocab **out, struct error *err);

#endif
