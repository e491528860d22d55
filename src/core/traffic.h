/*
 * traffic.h - which revision gets how much, and which names: the list of a service, edited as users ask for it.
 *
 * The list is Cloud Run v2's: targets {type, revision, percent, tag}. The newest revision is written LATEST. As soon as
 * shares change, the list is normalised: one entry for each target with a share, by name, LATEST last; then one entry
 * without a share for each tag, new and moved ones last. A change of tags alone leaves tags where they stand.
 *
 * Units: whole percents. Ownership: results are new, arguments are borrowed.
 * Errors: CR_E_USAGE naming the value; nothing is changed then.
 * Source: the behaviour of gcloud run services update-traffic, seen with its release 528.
 */
#ifndef CR_TRAFFIC_H
#define CR_TRAFFIC_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

#define CR_TRAFFIC_LATEST "LATEST"

/* Every text is as on the command line; NULL or empty where nothing is specified, and then it changes nothing. */
struct cr_traffic_change {
    const char *to_revisions; /* "REVISION=PERCENT,LATEST=PERCENT"; what is left is shared as it was */
    const char *to_tags;      /* "TAG=PERCENT,..." */
    bool to_latest;           /* LATEST=100 */
    const char *set_tags;     /* "TAG=REVISION,...", in place of all tags */
    const char *update_tags;  /* "TAG=REVISION,..." */
    const char *remove_tags;  /* "TAG,TAG" */
    bool clear_tags;
};

/* Whether anything at all was asked for. */
bool cr_traffic_asked(const struct cr_traffic_change *change);

int cr_traffic_edit(const json_t *traffic, const struct cr_traffic_change *change, json_t **edited,
                    struct cr_error *err) CR_CHECKED;

/* The list with the share of LATEST given to this revision, normalised as when shares change; as it was where LATEST
 * has none. New. */
json_t *cr_traffic_pin(const json_t *traffic, const char *revision);
/* The list with the tag on this revision or LATEST and nowhere else. Neither is checked. New. */
json_t *cr_traffic_tag(const json_t *traffic, const char *tag, const char *revision);

/* "scorer-00001-kob 20%", "LATEST 80%, tag canary": a target for people. New. */
char *cr_traffic_text(const json_t *target);

#endif
