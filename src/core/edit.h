/*
 * edit.h - what flags and manifest say, done to a service: Cloud Run v2's Service, live or new.
 *
 * The one rule of merging: what the command line says wins over what the manifest says; what neither says stays as the
 * live service has it, and a new service gets the platform's defaults. So every change is an edit {flag, text}, those
 * of the manifest first, and all of them are applied to a copy of what is live.
 *
 * Units: texts as typed; quantities are sent unchanged. Ownership: edits borrow their texts (argv, the plan); the
 * service is the caller's and is changed in place. Errors: CR_E_USAGE, "--flag: what is wrong with 'value'", with a
 * hint; the service is then half changed and must be dropped. What gcloud sends unchecked and the platform's limits
 * forbid is not refused here but by core/limits, which looks at the result.
 */
#ifndef CR_EDIT_H
#define CR_EDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/flag.h"

struct cr_edit {
    enum cr_flag flag;
    const char *text;  /* NULL for SWITCH; "true" or "false" for BOOL */
    const char *place; /* "--cpu", "crdeploy.yaml:12:8"; for messages. What was typed begins with "--" */
    bool beta;         /* typed behind "beta run": what gcloud has in beta only is taken */
};

bool cr_edit_typed(const struct cr_edit *e);

/* In the order given: --container decides to whom what follows it belongs. */
#define CR_EDITS_MAX 256
struct cr_edits {
    struct cr_edit row[CR_EDITS_MAX];
    size_t len;
};

int cr_edits_add(struct cr_edits *edits, enum cr_flag flag, const char *text, const char *place,
                 struct cr_error *err) CR_CHECKED;
bool cr_edits_have(const struct cr_edits *edits, enum cr_flag flag);

/* Whether none of them asks for anything: --cpu= does not. */
bool cr_edits_empty(const struct cr_edits *edits);

/* Everything that can be said without the live service: groups that exclude each other, values no service could take
 * (what gcloud refuses before it sends anything), --container's rules. What does not begin with "--" was not typed, and
 * is free of the rules of the command line. */
int cr_edits_check(const struct cr_edits *edits, struct cr_error *err) CR_CHECKED;
/* Besides, where every --container describes its container whole, as deploy has it: each has an image, and of several
 * one has a port. */
int cr_edits_check_containers(const struct cr_edits *edits, struct cr_error *err) CR_CHECKED;

/* Where names are short: project and region complete them (connectors, Cloud SQL instances, networks). */
struct cr_edit_where {
    const char *project, *region;
    bool fresh; /* a service that does not exist yet: gets what new ones get (startup CPU boost) */
};

/* Applies all but the rollout's, and ends an exception from Binary Authorization, which is for one deploy. `service`
 * has template.containers, or gets it. Reads files (--env-vars-file). */
int cr_edits_apply(const struct cr_edits *edits, const struct cr_edit_where *where, json_t *service,
                   struct cr_error *err) CR_CHECKED;

/* Whether any edit changes what a revision is, or how it is called: if not, no new revision is made. */
bool cr_edits_revision(const struct cr_edits *edits);

/* ---- for the files edit_*.c: one function for each flag ---- */

struct cr_edit_at {
    const struct cr_edit_where *where;
    json_t *service, *template, *container; /* borrowed; the container the edit belongs to */
    const struct cr_edits *edits;
};
typedef int cr_edit_fn(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err);

/* edit_container.c, edit_env.c, edit_secret.c, edit_volume.c, edit_probe.c: CR_SCOPE_CONTAINER and the volumes */
extern cr_edit_fn *const cr_edit_container[CR_FLAG_COUNT];
/* edit_revision.c, edit_network.c, edit_service.c: everything else */
extern cr_edit_fn *const cr_edit_service[CR_FLAG_COUNT];

/* edit_text.c: the forms of values. Lists are new arrays of strings, dicts new objects that keep their order.
 * "^D^..." changes the delimiter. */
int cr_edit_list(const struct cr_edit *e, json_t **list, struct cr_error *err) CR_CHECKED;
int cr_edit_dict(const struct cr_edit *e, json_t **dict, struct cr_error *err) CR_CHECKED;
int cr_edit_whole(const struct cr_edit *e, int64_t min, int64_t max, int64_t *number, struct cr_error *err) CR_CHECKED;
/* A fault of the edit's value: "PLACE: ..." and CR_E_USAGE. Always -1. */
int cr_edit_fail(const struct cr_edit *e, struct cr_error *err, const char *fmt, ...) CR_PRINTF(3, 4);

/* The member of an object, made when missing; borrowed. */
json_t *cr_edit_object(json_t *object, const char *key);
json_t *cr_edit_array(json_t *object, const char *key);

#endif
