/*
 * diff.h - two services compared field by field, as a person would: what there is to set, and only where it differs.
 *
 * Compared are the fields of Cloud Run v2's Service that somebody sets, never what the platform answers. Absent, empty,
 * zero and false are the same, as they are to the API; so are labels and names that only force a revision. Rows of a
 * list that have names are paired by them (env, volumes), others by their place.
 *
 * Ownership: results are new, arguments are borrowed. Errors: none.
 */
#ifndef CR_DIFF_H
#define CR_DIFF_H

#include <jansson.h>

/* [{"field": "template.containers[0].resources.limits.memory", "from": "2Gi", "to": "3G"}]; a side that has nothing is
 * null. Either service may be NULL. */
json_t *cr_diff_service(const json_t *from, const json_t *to);

/* "FIELD: "2Gi" -> "3G"" of such a row. New. */
char *cr_diff_text(const json_t *row);

/* What is compared of a service, with a digest in place of each value of a variable: fit to be kept. New. */
json_t *cr_diff_keep(const json_t *service);

#endif
