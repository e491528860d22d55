/*
 * manifest.h - crdeploy.yaml, read strictly.
 *
 * YAML 1.1 through libyaml. An unknown or repeated key, a wrong type, an anchor or alias that loops, a second document
 * are faults with file:line:column and, for a key, the nearest known one. Every fault of a file is collected.
 *
 * Ownership: the manifest owns everything; CR_AUTO_MANIFEST frees it.
 */
#ifndef CR_MANIFEST_H
#define CR_MANIFEST_H

#include <jansson.h>

#include "base/error.h"
#include "base/problems.h"
#include "core/key.h"

#define CR_MANIFEST_NAME "crdeploy.yaml"

struct cr_sample {
    json_t *request;  /* any JSON */
    json_t *response; /* any JSON, or NULL: only that it answers is checked */
    double tolerance; /* absolute, for numbers inside the response; 1e-3 when not given */
    int line, column;
};

struct cr_manifest {
    char *path;                                   /* as given: "sub/crdeploy.yaml" */
    char *dir;                                    /* its directory: "sub" or "." */
    char *text[CR_KEY_COUNT];                     /* scalars as written; NULL when absent */
    json_t *map[CR_KEY_COUNT];                    /* mappings of text to text, for CR_T_MAP rows; NULL when absent */
    int line[CR_KEY_COUNT], column[CR_KEY_COUNT]; /* 1-based place of the value; 0 when absent */
    struct cr_sample *sample;
    size_t samples;
};

#define CR_AUTO_MANIFEST __attribute__((cleanup(cr_manifest_clear)))
void cr_manifest_clear(struct cr_manifest *m);

/* Reads a file. Returns -1 only when it cannot be read at all (CR_E_IO) or is no YAML (CR_E_CONFIG, with the place);
 * faults inside go to `problems`. `path` is what messages show. */
int cr_manifest_load(const char *path, struct cr_manifest *m, struct cr_problems *problems,
                     struct cr_error *err) CR_CHECKED;
/* The same from memory; dir is where relative paths start. */
int cr_manifest_parse(const char *text, size_t len, const char *path, const char *dir, struct cr_manifest *m,
                      struct cr_problems *problems, struct cr_error *err) CR_CHECKED;

#endif
