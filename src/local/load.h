/*
 * load.h - a service from a file into the store, as if it had been deployed here: for tests, and to try at home what is
 * to happen to a service elsewhere.
 *
 * The document is {"service", "revisions", "policy"}, or a service alone; each part in the form of either of Cloud
 * Run's APIs. Project and region are the caller's, whatever the file says, and addresses are the platform's own. A
 * service of that name is replaced, with its revisions and its policy. What the file leaves out is filled in: a service
 * without revisions is taken to be ready, with one. Nothing is started: a revision whose image is not here answers 503.
 *
 * Ownership: the document is borrowed. Errors: CR_E_USAGE saying what is wrong with the file, and nothing is changed;
 * CR_E_IO of the store.
 */
#ifndef LOCAL_LOAD_H
#define LOCAL_LOAD_H

#include <jansson.h>

#include "local/local.h"

/* *name: of the service, full and new; *revisions: how many there are now. */
int local_load(struct local *l, const json_t *document, const char *project, const char *region, char **name,
               size_t *revisions, struct cr_error *err) CR_CHECKED;

#endif
