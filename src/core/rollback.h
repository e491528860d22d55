/*
 * rollback.h - which revision a service goes back to.
 *
 * It is the one that last served most of the traffic before the current one, where a record says so; else the newest
 * ready revision older than the current one. Never a newer one: a revision that came later and serves nothing was
 * taken back, or is still to come.
 *
 * The record is a list of revisions by their short names, in the order in which each began to serve most of the
 * traffic. It says nothing when its last entry is not the current revision: somebody else has moved traffic since.
 *
 * Ownership: names are borrowed from the documents; arrays are new. Errors: CR_E_API, with what to do instead.
 */
#ifndef CR_ROLLBACK_H
#define CR_ROLLBACK_H

#include <jansson.h>

#include "base/error.h"

enum cr_rollback_reason { CR_ROLLBACK_NAMED, CR_ROLLBACK_SERVED, CR_ROLLBACK_OLDER };

struct cr_rollback {
    const char *from, *to; /* short names; from "" when nothing serves */
    enum cr_rollback_reason reason;
};

/* The short name of the revision with the largest share of a v2 Service, LATEST being the latest ready one; of equal
 * shares the last by name. "" when there is none. */
const char *cr_rollback_serving(const json_t *service);

/* served: the record, or NULL. named: what the user asks for, or NULL; it must be there and ready, whatever its age. */
int cr_rollback_choose(const json_t *service, const json_t *revisions, const json_t *served, const char *named,
                       struct cr_rollback *choice, struct cr_error *err) CR_CHECKED;

/* The record, and after it the revision, unless it is the last one already or "". New. */
json_t *cr_rollback_record(const json_t *served, const char *revision);

/* "served-before" and its siblings, for programs; and a sentence's end for people, new: "'b' served before 'c'". */
const char *cr_rollback_reason_name(enum cr_rollback_reason reason);
char *cr_rollback_why(const struct cr_rollback *choice);

#endif
