#include "core/onnx_names.h"

#include <string.h>

#include "base/mem.h"

/* FNV-1a: names are short. */
static uint64_t hash(struct cr_onnx_text name)
{
    uint64_t h = 0xcbf29ce484222325;

    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.at[i]) * 0x100000001b3;
    return h ^ h >> 32;
}

/* The slot of that name, or the free one where it belongs. */
static uint32_t *find(const struct cr_onnx *g, const struct cr_onnx_names *names, struct cr_onnx_text name)
{
    for (size_t i = hash(name) & (names->slots - 1);; i = (i + 1) & (names->slots - 1)) {
        const struct cr_onnx_value *v = names->slot[i] ? &g->value[names->slot[i] - 1] : NULL;

        if (!v || (v->name.len == name.len && (!name.len || memcmp(v->name.at, name.at, name.len) == 0)))
            return &names->slot[i];
    }
}

/* At most half full; value[] has room for as many as may be found. */
static void grow(struct cr_onnx *g, struct cr_onnx_names *names)
{
    free(names->slot);
    names->slots = names->slots ? names->slots * 2 : 512;
    names->slot = cr_calloc(names->slots, sizeof(*names->slot));
    g->value = cr_realloc(g->value, names->slots / 2 * sizeof(*g->value));
    for (size_t i = 0; i < g->values; i++)
        *find(g, names, g->value[i].name) = (uint32_t)i + 1;
}

struct cr_onnx_value *cr_onnx_named(struct cr_onnx *graph, struct cr_onnx_names *names, struct cr_onnx_text name)
{
    uint32_t *slot;

    if (graph->values >= names->slots / 2)
        grow(graph, names);
    slot = find(graph, names, name);
    if (*slot)
        return &graph->value[*slot - 1];
    if (graph->values == names->max)
        return NULL;
    graph->value[graph->values] = (struct cr_onnx_value){.name = name, .rank = -1, .wholes = -1};
    *slot = (uint32_t)++graph->values;
    return &graph->value[graph->values - 1];
}

void cr_onnx_names_free(struct cr_onnx_names *names)
{
    free(names->slot);
    *names = (struct cr_onnx_names){0};
}
