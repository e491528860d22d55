/*
 * edit_parts.h - what the files edit_*.c share.
 *
 * Several flags may be one change: --remove-secrets and --update-secrets, or --set-env-vars given twice. All of them
 * are then done where the first of them stands, and the others do nothing. What was typed is one change, what the
 * manifest says another.
 *
 * Ownership: what is found is borrowed, what is made is new. Errors: as edit.h.
 * Source: the behaviour of gcloud run deploy, release 528.
 */
#ifndef CR_EDIT_PARTS_H
#define CR_EDIT_PARTS_H

#include "core/edit.h"

/* Where Cloud SQL instances are mounted, in every container. */
#define CR_EDIT_CLOUDSQL_PATH "/cloudsql"

/* Applies one edit: finds its container, or makes it. */
int cr_edit_one(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err);

/* The container an edit was written for, by --container; NULL when it was written for none. Borrowed. */
const char *cr_edit_owner(const struct cr_edits *edits, const struct cr_edit *e);

/* Flags that make one change together. */
struct cr_edit_group {
    const enum cr_flag *flags;
    size_t len;
};

/* The next edit of the group for the container of `e`, after `last` (NULL: the first), in the order in which edits are
 * applied; NULL: no more. The one that comes first does the work of all. */
const struct cr_edit *cr_edit_next(const struct cr_edit_at *at, const struct cr_edit *e, struct cr_edit_group group,
                                   const struct cr_edit *last);

/* The lists of a flag that was given several times, behind one another. NULL, and 0, where `e` is not the first of
 * them, which does the work of all. New. */
int cr_edit_lists(const struct cr_edit_at *at, const struct cr_edit *e, json_t **list, struct cr_error *err);

/* The object of an array that has this text under `key`, or NULL. */
json_t *cr_edit_find(const json_t *array, const char *key, const char *text, size_t *index);
/* Its text under a key, or "". */
const char *cr_edit_text(const json_t *object, const char *key);
/* Without the blanks around it. New. */
char *cr_edit_trim(const char *text);
/* Removes an array or object that has become empty. */
void cr_edit_prune(json_t *object, const char *key);

/* What --set-secrets and its siblings say together. Keys are variables, and files ("/DIR/FILE"). */
struct cr_edit_secrets {
    json_t *updates; /* {"TOKEN": {secret, version}} */
    json_t *removes; /* {"TOKEN": true} */
    bool clear;
};
bool cr_edit_is_file(const char *key);
int cr_edit_secret_files(struct cr_edit_at *at, const struct cr_edit *e, const struct cr_edit_secrets *change,
                         struct cr_error *err) CR_CHECKED;

/* One function for each flag or group: cr_edit_container[]. */
cr_edit_fn cr_edit_env;
cr_edit_fn cr_edit_secrets;
cr_edit_fn cr_edit_mounts_clear, cr_edit_mounts_remove, cr_edit_mounts_add;
cr_edit_fn cr_edit_volumes_clear, cr_edit_volumes_remove, cr_edit_volumes_add;
cr_edit_fn cr_edit_startup, cr_edit_liveness, cr_edit_readiness;

/* edit_field.c, edit_list.c, edit_network.c, edit_revision.c; the table is in edit_service.c. */
cr_edit_fn cr_edit_field;
cr_edit_fn cr_edit_audiences, cr_edit_cloudsql;
cr_edit_fn cr_edit_egress, cr_edit_connector, cr_edit_connector_clear, cr_edit_network, cr_edit_network_clear;
cr_edit_fn cr_edit_concurrency, cr_edit_timeout, cr_edit_instances, cr_edit_scaling, cr_edit_throttling, cr_edit_boost;
cr_edit_fn cr_edit_gpu_type, cr_edit_key_clear, cr_edit_shutdown, cr_edit_mesh;

#endif
