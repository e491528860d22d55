/*
 * onnx_scan.h - what must be known of an ONNX file before ONNX Runtime has it, read in place from its protocol buffers.
 *
 * Nothing that is skipped is touched, so the weights of a mapped file stay on the disk. Field numbers are those of
 * onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
#ifndef BOOTSTRAP_ONNX_SCAN_H
#define BOOTSTRAP_ONNX_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct onnx_facts {
    bool subgraphs; /* a node has a graph of its own: If, Loop, Scan */
    bool random;    /* a node draws random numbers, so that no two runs need answer alike */
    bool quantised; /* a node quantises: another order of operations may round differently */
    char **files;   /* that hold weights, each once, as the graph names them: relative to its directory */
    size_t n_files;
};

/* `facts` is set on success alone, and owns its strings. The file's names come back as they are: see original.h. */
int onnx_scan(const void *bytes, size_t size, struct onnx_facts *facts, struct error *err);
int onnx_scan_file(const char *path, struct onnx_facts *facts, struct error *err);
void onnx_facts_free(struct onnx_facts *facts); /* zeroed is fine */

#endif
