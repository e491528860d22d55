/*
 * trie.h - the longest known word at the head of some bytes; read only, flat, and therefore fit to be mapped.
 *
 * Layout: nodes stand in breadth-first order, so node k > 0 is entered by label k - 1, and the children of node k are
 *   the nodes first[k] + 1 .. first[k + 1], their labels ascending. No pointer, and no index that could lead outside.
 */
#ifndef SERVER_TRIE_H
#define SERVER_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIE_NONE UINT32_MAX

struct trie_node {
    uint32_t first; /* index of the first label that leads out */
    uint32_t value; /* of the word that ends here, or TRIE_NONE */
};

struct trie {
    const struct trie_node *nodes; /* n + 1: the last holds only the end of the labels */
    const uint8_t *labels;         /* n - 1 */
    uint32_t n;                    /* nodes, the root included: 1 or more */
};

struct trie_word {
    const char *text;
    uint32_t len, value;
};

/* Sorts the words in place, drops empty ones, and builds. Of equal words the one with the greatest value stays. The
 * two arrays are new: the caller frees them. */
void trie_build(struct trie_word *words, size_t n, struct trie_node **nodes, uint8_t **labels, uint32_t *count);

/* Whether the arrays of a trie from outside are sound, whose values are below `values`. */
bool trie_check(const struct trie *t, uint32_t values);

/* Follows all of s from a node: TRIE_NONE when it leads nowhere. The root is 0. */
uint32_t trie_walk(const struct trie *t, uint32_t node, const char *s, size_t n);

/* Value of the longest word at the head of s, read from `node` on; *len is its length there. TRIE_NONE: no word. */
uint32_t trie_longest(const struct trie *t, uint32_t node, const char *s, size_t n, size_t *len);

#endif
