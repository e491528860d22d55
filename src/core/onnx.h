/*
 * onnx.h - what an ONNX graph says about itself: its values with their types and shapes, its weights with their sizes,
 * its nodes in the order in which they run. Weights are never read.
 *
 * The file is mapped, and the bytes of tensors are skipped, so a graph of many gigabytes costs a few pages for each
 * node. Subgraphs (the branches of If, the body of Loop) stand among the nodes as if they had no scope of their own.
 *
 * Why not a library: protobuf-c, the one in C, copies every tensor into memory and wants the schema beside it; ONNX's
 * own is C++. What is needed of the format are some twenty fields, which have not changed since 2017.
 *
 * Units: bytes; dimensions are counts of elements. Ownership: a graph owns its lists and the mapping its texts point
 * into; what is given to cr_onnx_parse() must outlive it. A file that another program shortens while it is read ends
 * the program, as with every mapped file.
 * Errors: CR_E_IO for a file that cannot be read, CR_E_CONFIG for one that is no graph or is unreasonably large.
 * Source: onnx.proto3 of ONNX 1.17 (https://github.com/onnx/onnx), read 2026-11.
 */
#ifndef CR_ONNX_H
#define CR_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CR_ONNX_RANK 8

/* A dimension that is not fixed: how many rows go through at once, or how long something is. It is the batch when it
 * stands first or is named so. */
#define CR_ONNX_BATCH (-1)
#define CR_ONNX_LENGTH (-2)

/* TensorProto.DataType, of which some are named */
enum { CR_ONNX_FLOAT = 1, CR_ONNX_INT32 = 6, CR_ONNX_INT64 = 7, CR_ONNX_BOOL = 9 };

struct cr_onnx_text {
    const char *at; /* not terminated */
    size_t len;
};

struct cr_onnx_value {
    struct cr_onnx_text name;
    int type; /* of an element; 0: not said */
    int rank; /* -1: not said */
    int64_t dim[CR_ONNX_RANK];
    bool weight, input, output;
    int64_t bytes; /* of a weight */
    int wholes;    /* how many integers it holds, where it is a weight of a few; -1 otherwise */
    int64_t whole[CR_ONNX_RANK];
};

struct cr_onnx_node {
    struct cr_onnx_text op;        /* "MatMul"; of another domain than ONNX's own as well */
    struct cr_onnx_text source;    /* the message, for cr_onnx_attribute() */
    uint32_t in, n_in, out, n_out; /* first and count in link[] */
};

struct cr_onnx {
    struct cr_onnx_value *value; /* value[0] is the name "": an input that is left out */
    size_t values;
    struct cr_onnx_node *node;
    size_t nodes;
    uint32_t *link; /* indices into value[] */
    size_t links;
    int64_t weights; /* bytes of all of them, external ones included */
    void *map;       /* of the file; NULL after cr_onnx_parse() */
    size_t map_len;
};

int cr_onnx_open(const char *path, struct cr_onnx **graph, struct cr_error *err) CR_CHECKED;
/* The same from memory; name is what messages call it. */
int cr_onnx_parse(const void *bytes, size_t len, const char *name, struct cr_onnx **graph,
                  struct cr_error *err) CR_CHECKED;
void cr_onnx_free(struct cr_onnx *graph); /* NULL is fine */

static inline void cr_onnx_freep(struct cr_onnx **graph)
{
    cr_onnx_free(*graph);
}
#define CR_AUTO_ONNX __attribute__((cleanup(cr_onnx_freep)))

/* Rows of one inference: the first dimension that all inputs of two and more dimensions have fixed and in common. 0
 * when the caller chooses, or when they differ. */
int64_t cr_onnx_batch(const struct cr_onnx *graph);

bool cr_onnx_is(const struct cr_onnx_node *node, const char *op);
/* The integers of an attribute (or its one), at most `max` of them; returns how many were written, 0 without it. */
size_t cr_onnx_attribute(const struct cr_onnx_node *node, const char *name, int64_t *to, size_t max);

/* Half bytes of one element: 8 for a float, 1 for int4, 0 where it is not known (text). */
int cr_onnx_half_bytes(int type);
/* Bytes of so many elements; INT64_MAX when that is no longer a number. */
int64_t cr_onnx_bytes(int type, int64_t elements);
/* a * b and a + b of sizes, never more than INT64_MAX. */
int64_t cr_onnx_times(int64_t a, int64_t b);
int64_t cr_onnx_plus(int64_t a, int64_t b);

#endif
