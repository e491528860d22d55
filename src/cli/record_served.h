/*
 * record_served.h - which revisions of a service served most of its traffic, as far as this user's crdeploy has seen.
 *
 * File: $XDG_STATE_HOME/crdeploy/served.json, {"PLATFORM/SERVICE": {"revisions", "time"}}, mode 0600; the newest 200
 * services and their last 20 revisions stay. It is a hint: another machine's changes are in it only once they were seen
 * before a change of ours. The steps of a gradual deploy are not recorded, only its success.
 *
 * Ownership: what is got is new. Errors: none; without a record rollback goes by age.
 */
#ifndef CLI_RECORD_SERVED_H
#define CLI_RECORD_SERVED_H

#include <jansson.h>

/* name: "projects/P/locations/L/services/S". An array of short names, oldest first; NULL when nothing is known. */
json_t *cli_record_served_get(const char *platform, const char *name);
/* Adds what served before a change and after it; both v2 Services, either may be NULL. */
void cli_record_served_put(const char *platform, const char *name, const json_t *before, const json_t *after);

#endif
