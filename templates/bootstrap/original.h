/*
 * original.h - the graph as it came, in place of the prepared one: what is served where preparing it went wrong.
 */
#ifndef BOOTSTRAP_ORIGINAL_H
#define BOOTSTRAP_ORIGINAL_H

#include <jansson.h>

#include "error.h"
#include "onnx_scan.h"

/*
 * DIR, which holds what the image's layer of weights will, loses the prepared graph and gets the file `from` as
 * GRAPH_FILE, and the files of its weights under the names the graph gives them; `digests` follows. Such a name that
 * leads out of DIR, or that another file has already, is an error.
 */
int original_take(const char *from, const struct onnx_facts *facts, const char *dir, json_t *digests,
                  struct error *err);

#endif
