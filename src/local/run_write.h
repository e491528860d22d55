/*
 * run_write.h - a checked service into the store: which revision it asks for, and the documents and the operation of
 * the change.
 *
 * Ownership: names given out are new. Errors: as said. The caller holds the store's lock.
 */
#ifndef LOCAL_RUN_WRITE_H
#define LOCAL_RUN_WRITE_H

#include <jansson.h>
#include <stdbool.h>

#include "local/local.h"
#include "local/message.h"

#define LOCAL_SERVICE_TYPE "google.cloud.run.v2.Service"

/* Decides whether the template asks for a new revision; `old` is NULL for a new service. *name (full) stays NULL when
 * it does not. False after refusing: the name it wants is another's. */
bool local_revision_plan(struct local *l, const json_t *old, const json_t *service, char **name,
                         struct local_reply *rp);

/* Writes revision (may be NULL), service and operation. */
int local_service_write(struct local *l, json_t *service, const char *revision, char **operation,
                        struct cr_error *err) CR_CHECKED;

/* Removes the documents of a service: its revisions, its policy, itself. */
int local_service_remove(struct local *l, const char *name, struct cr_error *err) CR_CHECKED;

/* The members of a template, or of a revision, that say what it is. New. */
json_t *local_revision_template(const json_t *from);
/* One that was never given before. New. */
json_t *local_etag(struct local *l);

#endif
