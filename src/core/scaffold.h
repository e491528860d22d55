/*
 * scaffold.h - the first manifest of a model: looked up in a Hugging Face directory, written with comments.
 *
 * Ownership: struct cr_scaffold owns its texts; the manifest returned is new.
 * Errors: CR_E_CONFIG for a directory without an ONNX graph, CR_E_IO for files that cannot be read.
 */
#ifndef CR_SCAFFOLD_H
#define CR_SCAFFOLD_H

#include "base/error.h"
#include "core/key.h"

struct cr_scaffold {
    char *text[CR_KEY_COUNT]; /* what is known; NULL: a comment with the row's example and default */
    bool samples;             /* write a first sample of the task */
};

#define CR_AUTO_SCAFFOLD __attribute__((cleanup(cr_scaffold_clear)))
void cr_scaffold_clear(struct cr_scaffold *s);
void cr_scaffold_set(struct cr_scaffold *s, enum cr_key key, const char *text); /* copies */

/* Fills task, files and max_length from the directory: config.json's architecture, the graph, the tokenizer. Keys that
 * are set already stay. */
int cr_scaffold_look(const char *dir, struct cr_scaffold *s, struct cr_error *err) CR_CHECKED;

/* crdeploy.yaml with every key: those known as lines, the others as comments with their help. */
char *cr_scaffold_manifest(const struct cr_scaffold *s);

/* Any text as a name of a service: lower case, dashes for the rest. "" becomes "model". */
void cr_scaffold_name(const char *text, char name[50]);

#endif
