/* knative.h - a service of the store in Knative's form, as clients of the first API see it. */
#ifndef LOCAL_KNATIVE_H
#define LOCAL_KNATIVE_H

#include <jansson.h>

#include "local/local.h"
#include "local/message.h"

/* A service in the second API's form, in the first one's. Always with a status: before anything is known of it, that
 * readiness is unknown. New. */
json_t *local_knative_form(const json_t *service);
/* The same of a document of the store. New. */
json_t *local_knative_view(struct local *l, const json_t *doc);

/* The prefix of the keys a request is about: "projects/P/locations/", with the region when the Host names one. New. */
char *local_knative_place(const struct local_request *rq);

#endif
