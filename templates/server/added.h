/*
 * added.h - where the added tokens of a vocabulary stand in some bytes: leftmost first, the longest of those that start
 * at one place, none overlapping.
 */
#ifndef SERVER_ADDED_H
#define SERVER_ADDED_H

#include "vocab.h"

struct added_match {
    size_t start, end; /* with the white space it takes along */
    uint32_t id;
};

/* Steps from the last match, or from a zeroed one, to the next; false when there is none. `which` is v->raw or
 * v->normal. */
bool added_next(const struct vocab *v, const struct trie *which, const char *s, size_t n, struct added_match *m);

#endif
