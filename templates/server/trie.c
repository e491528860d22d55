#include "trie.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static int by_text(const void *a, const void *b)
{
    const struct trie_word *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

    if (order)
        return order;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->value < y->value ? 1 : x->value > y->value ? -1 : 0; /* the greatest first: it is the one kept */
}

static size_t sort_and_prune(struct trie_word *words, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(words, n, sizeof(*words), by_text);
    for (size_t i = 0; i < n; i++) {
        const struct trie_word *last = kept ? &words[kept - 1] : NULL;

        if (words[i].len == 0)
            continue;
        if (last && last->len == words[i].len && !memcmp(last->text, words[i].text, last->len))
            continue;
        words[kept++] = words[i];
    }
    return kept;
}

/* A node still to be given its children: the sorted words that share its first `depth` bytes. */
struct pending {
    uint32_t from, to, depth;
};

/* One node and, queued behind all others, its children: one for each next byte. */
static uint32_t expand(const struct trie_word *words, struct pending p, struct pending *queue, uint8_t *labels,
                       uint32_t count, struct trie_node *node)
{
    uint32_t at = p.from;

    *node = (struct trie_node){.first = count - 1, .value = TRIE_NONE};
    if (at < p.to && words[at].len == p.depth)
        node->value = words[at++].value;
    while (at < p.to) {
        uint8_t label = (uint8_t)words[at].text[p.depth];
        uint32_t from = at;

        while (at < p.to && (uint8_t)words[at].text[p.depth] == label)
            at++;
        labels[count - 1] = label;
        queue[count++] = (struct pending){from, at, p.depth + 1};
    }
    return count;
}

void trie_build(struct trie_word *words, size_t n, struct trie_node **nodes, uint8_t **labels, uint32_t *count)
{
    size_t most = 1; /* nodes, if no two words shared a byte */
    struct pending *queue;
    uint32_t made = 1;

    n = sort_and_prune(words, n);
    for (size_t i = 0; i < n; i++)
        most += words[i].len;
    queue = mem_alloc(most * sizeof(*queue));
    *nodes = mem_alloc((most + 1) * sizeof(**nodes));
    *labels = mem_alloc(most);
    queue[0] = (struct pending){0, (uint32_t)n, 0};
    for (uint32_t k = 0; k < made; k++)
        made = expand(words, queue[k], queue, *labels, made, &(*nodes)[k]);
    (*nodes)[made] = (struct trie_node){.first = made - 1, .value = TRIE_NONE};
    *count = made;
    free(queue);
}

bool trie_check(const struct trie *t, uint32_t values)
{
    if (t->n < 1 || t->nodes[0].first != 0 || t->nodes[t->n].first != t->n - 1)
        return false;
    for (uint32_t k = 0; k < t->n; k++)
        if (t->nodes[k].first > t->nodes[k + 1].first ||
            (t->nodes[k].value != TRIE_NONE && t->nodes[k].value >= values))
            return false;
    return true;
}

static uint32_t child(const struct trie *t, uint32_t node, uint8_t label)
{
    uint32_t low = t->nodes[node].first, high = t->nodes[node + 1].first;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (t->labels[mid] < label)
            low = mid + 1;
        else if (t->labels[mid] > label)
            high = mid;
        else
            return mid + 1;
    }
    return TRIE_NONE;
}

uint32_t trie_walk(const struct trie *t, uint32_t node, const char *s, size_t n)
{
    for (size_t i = 0; i < n && node != TRIE_NONE; i++)
        node = child(t, node, (uint8_t)s[i]);
    return node;
}

uint32_t trie_longest(const struct trie *t, uint32_t node, const char *s, size_t n, size_t *len)
{
    uint32_t found = TRIE_NONE;

    for (size_t i = 0; i < n; i++) {
        node = child(t, node, (uint8_t)s[i]);
        if (node == TRIE_NONE)
            break;
        if (t->nodes[node].value != TRIE_NONE) {
            found = t->nodes[node].value;
            *len = i + 1;
        }
    }
    return found;
}
