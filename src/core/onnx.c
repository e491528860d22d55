/* onnx.c - what is read of a graph, and how it is opened; what is asked of it stands in onnx_ask.c. */
#include "core/onnx.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/onnx_names.h"
#include "core/onnx_wire.h"

/* Ceilings far above what is real: the largest graphs in use have some 100,000 nodes. */
enum { NODES_MAX = 2 << 20, LINKS_MAX = 16 << 20, NAMES_MAX = 4 << 20, DEPTH_MAX = 16 };

/* Numbers of fields: onnx.proto3. */
enum { MODEL_GRAPH = 7 };
enum {
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_VALUE = 13,
    GRAPH_SPARSE = 15
};
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_TENSOR = 5, ATTRIBUTE_GRAPH = 6, ATTRIBUTE_TENSORS = 10, ATTRIBUTE_GRAPHS = 11 };
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_INT32 = 5,
    TENSOR_TEXT = 6,
    TENSOR_INT64 = 7,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9
};
enum { SPARSE_VALUES = 1, SPARSE_INDICES = 2 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_TYPE_ELEMENT = 1, TENSOR_TYPE_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };

struct reader {
    struct cr_onnx *graph;
    struct cr_onnx_names names;
    size_t nodes_cap, links_cap;
    int depth;
};

static struct cr_onnx_text text_of(const struct cr_wire_field *f)
{
    return (struct cr_onnx_text){f->bytes ? (const char *)f->bytes : "", f->len};
}

static bool text_has(struct cr_onnx_text text, const char *word)
{
    return text.len && memmem(text.at, text.len, word, strlen(word));
}

/* Little-endian integers of 8 or 4 bytes, when they are few. */
static void take_raw(struct cr_onnx_value *v, const uint8_t *raw, size_t len)
{
    size_t size = v->type == CR_ONNX_INT64 ? 8 : 4;

    if (len % size || len / size > CR_ONNX_RANK)
        return;
    v->wholes = (int)(len / size);
    for (size_t i = 0; i < len; i += size) {
        uint64_t n = 0;

        for (size_t k = size; k--;)
            n = n << 8 | raw[i + k];
        v->whole[i / size] = size == 8 ? (int64_t)n : (int32_t)n;
    }
}

/* Its integers, or that there are too many to keep. */
static void take_wholes(struct cr_onnx_value *v, const uint8_t *raw, size_t raw_len, size_t listed)
{
    v->wholes = -1;
    if (v->type != CR_ONNX_INT64 && v->type != CR_ONNX_INT32)
        return;
    if (raw_len)
        take_raw(v, raw, raw_len);
    else if (listed && listed <= CR_ONNX_RANK)
        v->wholes = (int)listed;
}

static int take_shape(struct cr_onnx_value *v, size_t rank, int64_t *elements)
{
    *elements = 1;
    for (size_t i = 0; i < rank && i < CR_ONNX_RANK; i++) {
        if (v->dim[i] < 0)
            return -1;
        *elements = cr_onnx_times(*elements, v->dim[i]);
    }
    v->rank = rank <= CR_ONNX_RANK ? (int)rank : -1;
    return 0;
}

/* A tensor that is written down: what it is, and how many bytes it takes. */
static int read_tensor(const struct cr_wire_field *in, struct cr_onnx_value *v)
{
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    const uint8_t *raw = NULL;
    size_t raw_len = 0, rank = 0, texts = 0, listed = 0;
    int64_t elements;
    int rc;

    while ((rc = cr_wire_next(&w, &f)) > 0) {
        if (f.number == TENSOR_DIMS && cr_wire_numbers(&f, v->dim, CR_ONNX_RANK, &rank) < 0)
            return -1;
        if (f.number == TENSOR_TYPE)
            v->type = (int)(f.value & 0x7fffffff);
        if (f.number == TENSOR_NAME)
            v->name = text_of(&f);
        if (f.number == TENSOR_TEXT)
            texts += f.len;
        if ((f.number == TENSOR_INT64 || f.number == TENSOR_INT32) &&
            cr_wire_numbers(&f, v->whole, CR_ONNX_RANK, &listed) < 0)
            return -1;
        if (f.number == TENSOR_RAW) {
            raw = f.bytes;
            raw_len = f.len;
        }
    }
    if (rc < 0 || take_shape(v, rank, &elements) < 0)
        return -1;
    v->bytes = raw_len ? (int64_t)raw_len : texts ? (int64_t)texts : cr_onnx_bytes(v->type, elements);
    take_wholes(v, raw, raw_len, listed);
    return 0;
}

/* What is already known of a value stays: an initializer is often listed among the inputs as well. */
static int add_weight(struct reader *r, const struct cr_onnx_value *w)
{
    struct cr_onnx_value *v = cr_onnx_named(r->graph, &r->names, w->name);

    if (!v)
        return -1;
    r->graph->weights = cr_onnx_plus(r->graph->weights, w->bytes);
    v->type = w->type;
    v->rank = w->rank;
    memcpy(v->dim, w->dim, sizeof(v->dim));
    v->weight = true;
    v->bytes = w->bytes;
    v->wholes = w->wholes;
    memcpy(v->whole, w->whole, sizeof(v->whole));
    return 0;
}

static int read_initializer(struct reader *r, const struct cr_wire_field *in)
{
    struct cr_onnx_value v = {0};

    return read_tensor(in, &v) < 0 ? -1 : add_weight(r, &v);
}

/* Counted, and not looked at: the shape of a sparse tensor is that of the dense one. */
static int read_sparse(struct reader *r, const struct cr_wire_field *in)
{
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    while ((rc = cr_wire_next(&w, &f)) > 0)
        if ((f.number == SPARSE_VALUES || f.number == SPARSE_INDICES) && read_initializer(r, &f) < 0)
            return -1;
    return rc;
}

static int read_dim(const struct cr_wire_field *in, size_t at, int64_t *dim)
{
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    *dim = at ? CR_ONNX_LENGTH : CR_ONNX_BATCH;
    while ((rc = cr_wire_next(&w, &f)) > 0) {
        if (f.number == DIM_VALUE && !f.bytes && f.value <= INT64_MAX)
            *dim = (int64_t)f.value;
        else if (f.number == DIM_NAME && text_has(text_of(&f), "batch"))
            *dim = CR_ONNX_BATCH;
        else if (f.number == DIM_NAME && (text_has(text_of(&f), "seq") || text_has(text_of(&f), "len")))
            *dim = CR_ONNX_LENGTH;
    }
    return rc;
}

static int read_shape(const struct cr_wire_field *in, struct cr_onnx_value *v)
{
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    v->rank = 0;
    while ((rc = cr_wire_next(&w, &f)) > 0) {
        if (f.number != SHAPE_DIM || v->rank < 0)
            continue;
        if (v->rank == CR_ONNX_RANK)
            v->rank = -1;
        else if (read_dim(&f, (size_t)v->rank, &v->dim[v->rank]) < 0)
            return -1;
        else
            v->rank++;
    }
    return rc;
}

/* Tensors alone; a sequence or a map stays without a shape. */
static int read_type(const struct cr_wire_field *in, struct cr_onnx_value *v)
{
    struct cr_wire w = cr_wire_in(in), t;
    struct cr_wire_field f, g;
    int rc, inner = 0;

    while ((rc = cr_wire_next(&w, &f)) > 0) {
        if (f.number != TYPE_TENSOR)
            continue;
        for (t = cr_wire_in(&f); (inner = cr_wire_next(&t, &g)) > 0;) {
            if (g.number == TENSOR_TYPE_ELEMENT)
                v->type = (int)(g.value & 0x7fffffff);
            else if (g.number == TENSOR_TYPE_SHAPE && read_shape(&g, v) < 0)
                return -1;
        }
        if (inner < 0)
            return -1;
    }
    return rc;
}

static int read_value(struct reader *r, const struct cr_wire_field *in, uint32_t kind)
{
    struct cr_onnx_value said = {.rank = -1}, *v;
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    while ((rc = cr_wire_next(&w, &f)) > 0) {
        if (f.number == VALUE_NAME)
            said.name = text_of(&f);
        else if (f.number == VALUE_TYPE && read_type(&f, &said) < 0)
            return -1;
    }
    if (rc < 0 || !(v = cr_onnx_named(r->graph, &r->names, said.name)))
        return -1;
    v->input |= kind == GRAPH_INPUT && r->depth == 1;
    v->output |= kind == GRAPH_OUTPUT && r->depth == 1;
    if (!v->weight) {
        v->type = said.type;
        v->rank = said.rank;
        memcpy(v->dim, said.dim, sizeof(v->dim));
    }
    return 0;
}

static int add_link(struct reader *r, const struct cr_wire_field *f)
{
    struct cr_onnx *g = r->graph;
    const struct cr_onnx_value *v = cr_onnx_named(g, &r->names, text_of(f));

    if (!v || g->links == LINKS_MAX)
        return -1;
    if (g->links == r->links_cap) {
        r->links_cap = r->links_cap ? r->links_cap * 2 : 256;
        g->link = cr_realloc(g->link, r->links_cap * sizeof(*g->link));
    }
    g->link[g->links++] = (uint32_t)(v - g->value);
    return 0;
}

/* The inputs or the outputs of a node, whichever `number` says. */
static int add_links(struct reader *r, const struct cr_wire_field *in, uint32_t number, uint32_t *first, uint32_t *n)
{
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;

    *first = (uint32_t)r->graph->links;
    while (cr_wire_next(&w, &f) > 0)
        if (f.number == number && add_link(r, &f) < 0)
            return -1;
    *n = (uint32_t)r->graph->links - *first;
    return 0;
}

static int read_graph(struct reader *r, const struct cr_wire_field *in);

/* The tensor of a Constant is what the node gives; every other one only weighs. */
static int read_attribute(struct reader *r, const struct cr_onnx_node *node, const struct cr_wire_field *in)
{
    struct cr_onnx_value v = {0};
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    while ((rc = cr_wire_next(&w, &f)) > 0) {
        if ((f.number == ATTRIBUTE_GRAPH || f.number == ATTRIBUTE_GRAPHS) && read_graph(r, &f) < 0)
            return -1;
        if (f.number != ATTRIBUTE_TENSOR && f.number != ATTRIBUTE_TENSORS)
            continue;
        v = (struct cr_onnx_value){0};
        if (read_tensor(&f, &v) < 0)
            return -1;
        v.name = (struct cr_onnx_text){0};
        if (f.number == ATTRIBUTE_TENSOR && cr_onnx_is(node, "Constant") && node->n_out)
            v.name = r->graph->value[r->graph->link[node->out]].name;
        if (v.name.len ? add_weight(r, &v) < 0 : 0)
            return -1;
        if (!v.name.len)
            r->graph->weights = cr_onnx_plus(r->graph->weights, v.bytes);
    }
    return rc;
}

static int read_node(struct reader *r, const struct cr_wire_field *in)
{
    struct cr_onnx *g = r->graph;
    struct cr_onnx_node node = {.source = text_of(in)};
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    while ((rc = cr_wire_next(&w, &f)) > 0)
        if (f.number == NODE_OP)
            node.op = text_of(&f);
    if (rc < 0 || g->nodes == NODES_MAX || add_links(r, in, NODE_INPUT, &node.in, &node.n_in) < 0 ||
        add_links(r, in, NODE_OUTPUT, &node.out, &node.n_out) < 0)
        return -1;
    for (w = cr_wire_in(in); cr_wire_next(&w, &f) > 0;)
        if (f.number == NODE_ATTRIBUTE && read_attribute(r, &node, &f) < 0)
            return -1;
    if (g->nodes == r->nodes_cap) {
        r->nodes_cap = r->nodes_cap ? r->nodes_cap * 2 : 64;
        g->node = cr_realloc(g->node, r->nodes_cap * sizeof(*g->node));
    }
    g->node[g->nodes++] = node;
    return 0;
}

static int read_part(struct reader *r, const struct cr_wire_field *f)
{
    switch (f->number) {
    case GRAPH_NODE:
        return read_node(r, f);
    case GRAPH_INITIALIZER:
        return read_initializer(r, f);
    case GRAPH_SPARSE:
        return read_sparse(r, f);
    case GRAPH_INPUT:
    case GRAPH_OUTPUT:
    case GRAPH_VALUE:
        return read_value(r, f, f->number);
    default:
        return 0;
    }
}

static int read_graph(struct reader *r, const struct cr_wire_field *in)
{
    struct cr_wire w = cr_wire_in(in);
    struct cr_wire_field f;
    int rc;

    if (r->depth == DEPTH_MAX)
        return -1;
    r->depth++;
    while ((rc = cr_wire_next(&w, &f)) > 0)
        if (read_part(r, &f) < 0)
            return -1;
    r->depth--;
    return rc;
}

int cr_onnx_parse(const void *bytes, size_t len, const char *name, struct cr_onnx **graph, struct cr_error *err)
{
    CR_AUTO_ONNX struct cr_onnx *g = cr_calloc(1, sizeof(*g));
    struct reader r = {.graph = g, .names = {.max = NAMES_MAX}};
    const struct cr_wire_field whole = {.bytes = bytes, .len = len};
    struct cr_wire w = cr_wire_in(&whole);
    struct cr_wire_field f;
    bool found = false;
    int rc = cr_onnx_named(g, &r.names, (struct cr_onnx_text){"", 0}) ? 0 : -1;

    while (rc >= 0 && (rc = cr_wire_next(&w, &f)) > 0) {
        if (f.number != MODEL_GRAPH)
            continue;
        found = true;
        rc = read_graph(&r, &f);
    }
    cr_onnx_names_free(&r.names);
    if (rc < 0 || !found) {
        cr_fail(err, CR_E_CONFIG, "'%s' is no ONNX graph%s", name,
                rc < 0 ? ", or it is damaged" : ": nothing is in it");
        return cr_hint(err,
                       "download or export it again; of a repository with Git LFS, 'git lfs pull' brings the file");
    }
    *graph = CR_STEAL(g);
    return 0;
}

int cr_onnx_open(const char *path, struct cr_onnx **graph, struct cr_error *err)
{
    CR_AUTO_FD int fd = -1;
    struct stat st;
    void *map = NULL;

    if (cr_file_open(path, &fd, err) < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (st.st_size > 0) {
        map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map == MAP_FAILED)
            return cr_fail(err, CR_E_IO, "cannot map '%s': %s", path, strerror(errno));
        madvise(map, (size_t)st.st_size, MADV_RANDOM); /* reading ahead would read the weights */
    }
    if (cr_onnx_parse(map, (size_t)st.st_size, path, graph, err) < 0) {
        if (map)
            munmap(map, (size_t)st.st_size);
        return -1;
    }
    (*graph)->map = map;
    (*graph)->map_len = (size_t)st.st_size;
    return 0;
}

void cr_onnx_free(struct cr_onnx *graph)
{
    if (!graph)
        return;
    if (graph->map)
        munmap(graph->map, graph->map_len);
    free(graph->value);
    free(graph->node);
    free(graph->link);
    free(graph);
}
