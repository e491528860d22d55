/*
 * yaml.h - one YAML document through libyaml, with the checks every reader of ours wants: exactly one document, at most
 * 1 MiB, no tags, no loops, no expansion bombs.
 *
 * Units: lines and columns are 1-based. Ownership: struct cr_yaml owns the tree; nodes are borrowed from it.
 * Errors: CR_E_CONFIG, "path:line:column: what".
 * Source: YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema) for what plain scalars mean as JSON.
 */
#ifndef CR_YAML_H
#define CR_YAML_H

#include <jansson.h>
#include <yaml.h>

#include "base/error.h"
#include "base/problems.h"

#define CR_YAML_MAX (1 << 20)

struct cr_yaml {
    const char *path; /* for messages; borrowed */
    yaml_document_t doc;
    yaml_node_t *root;            /* NULL: the file is empty */
    struct cr_problems *problems; /* where faults inside the document go */
    long budget;                  /* nodes that may still be expanded into JSON */
};

#define CR_AUTO_YAML __attribute__((cleanup(cr_yaml_clear)))
int cr_yaml_parse(const char *text, size_t len, const char *path, struct cr_problems *problems, struct cr_yaml *y,
                  struct cr_error *err) CR_CHECKED;
void cr_yaml_clear(struct cr_yaml *y);

yaml_node_t *cr_yaml_node(struct cr_yaml *y, int id);
/* The text of a scalar without a NUL inside; otherwise a fault and NULL. `what` is the subject: "deploy.cpu". */
const char *cr_yaml_text(struct cr_yaml *y, const yaml_node_t *node, const char *what);
bool cr_yaml_empty(const yaml_node_t *node); /* nothing was written: `deploy:` */
/* Any JSON, or NULL after a fault. New. */
json_t *cr_yaml_json(struct cr_yaml *y, int id, const char *what);
/* Appends a fault at a node. Borrowed, as cr_problems_add(). */
struct cr_problem *cr_yaml_fault(struct cr_yaml *y, const yaml_node_t *node, const char *fmt, ...) CR_PRINTF(3, 4);
/* A key of a mapping again: a fault at the second, naming the line of the first. True when it is one. */
bool cr_yaml_repeated(struct cr_yaml *y, const yaml_node_t *mapping, const yaml_node_pair_t *pair, const char *what);

#endif
