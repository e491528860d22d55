/*
 * v1_form.h - what of a v1 Service counts when two of them are compared, each said in one way.
 *
 * Left out: status, what only the server writes, who the client is, the location label, the nonce, generated names.
 * Made alike: booleans ("True"), JSON inside annotations, aliases of secrets, defaults that one says and another does
 * not (false, 0, "", {}, all traffic to the latest).
 *
 * Ownership: results are new, arguments are borrowed.
 */
#ifndef V1_FORM_H
#define V1_FORM_H

#include <jansson.h>

/* live: the same service before, whose names of revisions are no new ones; or NULL. */
json_t *v1_form(const json_t *v1, const json_t *live);
/* RFC 7396: null takes a member away. New. */
json_t *merge_patch(const json_t *target, const json_t *patch);
json_t *v1_form_patch(const json_t *form,
                      const json_t *patch); /* the same for what v1_form() gave; is such a form again */
/* The lines of FILE, each a JSON object with "name": an object of them by name. Ends the program when one is bad. */
json_t *lines_by_name(const char *path);
/* "tests/data/gcloud/FILE" of the source tree. New. */
char *oracle_path(const char *file);
/* Where two documents differ, "/spec/traffic/0: 1, not 2", a line each; "" when nowhere. New. */
char *json_difference(const json_t *got, const json_t *want);

#endif
