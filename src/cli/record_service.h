/*
 * record_service.h - the services as this user's crdeploy last deployed them, so that diff can tell what was changed
 * otherwise since, 'services update' included.
 *
 * File: $XDG_STATE_HOME/crdeploy/services.json, {"PLATFORM/SERVICE": {"service", "time"}}, mode 0600; the newest 200
 * stay. Values of variables are kept as digests. It is a hint: another machine's deploys are not in it.
 *
 * Units: time in milliseconds since 1970. Ownership: what is got is new. Errors: CR_E_IO; a damaged file is an empty
 * one.
 */
#ifndef CLI_RECORD_SERVICE_H
#define CLI_RECORD_SERVICE_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

/* name: "projects/P/locations/L/services/S". *kept is what cr_diff_keep() made of it; NULL when nothing is known. */
int cli_record_service_get(const char *platform, const char *name, json_t **kept, int64_t *time,
                           struct cr_error *err) CR_CHECKED;
/* service NULL: what was known holds no longer. */
int cli_record_service_put(const char *platform, const char *name, const json_t *service,
                           struct cr_error *err) CR_CHECKED;

#endif
