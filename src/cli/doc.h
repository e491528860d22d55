/*
 * doc.h - the option tables as help, man pages and completions. Each is a walk over the same rows.
 *
 * Output is what is committed under man/ and completions/; `make docs` rewrites those, a lint fails when they are
 * stale. Sources: man-pages(7) for the layout of a page, and each shell's own manual for its completion functions.
 */
#ifndef DOC_H
#define DOC_H

#include <stdio.h>

#include "cli/cmd.h"

void doc_overview(FILE *out);                    /* crdeploy --help */
void doc_help(const struct verb *v, FILE *out);  /* crdeploy VERB --help */
void doc_usage(const struct verb *v, FILE *out); /* one line */
void doc_group(const char *group, FILE *out);    /* crdeploy help local */
json_t *doc_list_json(const char *group);        /* the verbs of a group, or (NULL) all of them; new */
/* The help of a verb as the command wants it: text, or with --json a document with its options. */
int doc_give(struct cmd *c, const struct verb *v, struct cr_error *err) CR_CHECKED;

void doc_man_overview(FILE *out);                   /* crdeploy.1 */
void doc_man_verb(const struct verb *v, FILE *out); /* crdeploy-VERB.1 */
void doc_man_manifest(FILE *out);                   /* crdeploy.yaml.5 */
void doc_man_local(FILE *out);                      /* crdeploy-local.8 */

void doc_bash(FILE *out);
void doc_zsh(FILE *out);
void doc_fish(FILE *out);

/* Writes one generated document by its name; -1 when there is none of it. NULL lists "NAME PATH", one a line: the name
 * is the path in the tree ("man/crdeploy.1"). */
int doc_write(const char *path, FILE *out);

#endif
