/*
 * json.h - the two things every reader of replies does: look at a text, and let go of secrets.
 *
 * Ownership: texts are borrowed from the document. Errors: none.
 */
#ifndef GCP_JSON_H
#define GCP_JSON_H

#include <jansson.h>

/* A member that is text; "" where there is none, or it is something else. */
const char *gcp_text_at(const json_t *object, const char *key);

/* Overwrites every text inside, then lets go. NULL is fine. */
void gcp_json_wipe(json_t *json);
#define GCP_AUTO_SECRET_JSON __attribute__((cleanup(gcp_json_wipep)))
void gcp_json_wipep(json_t **json);

#endif
