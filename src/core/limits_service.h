/*
 * limits_service.h - a service as it would be sent, against every limit that is known.
 *
 * Reads what Cloud Run would read: quantities to the byte, sums over the containers where the limits are about sums,
 * the platform's defaults for what is absent (one CPU, 512Mi, the CPU throttled where no resources are named). So what
 * is judged is the whole service, whoever said which part of it: the command line, the manifest, the live service.
 *
 * Units: those of limits.h. Ownership: everything in the subject is borrowed, nothing is kept. Errors: rows of
 * CR_E_LIMIT appended to the list, each with the id of its rule, its source, and a hint that names the nearest legal
 * value; the place is that of the edit that said it ("--memory", "crdeploy.yaml:12:8"), or empty. Rules that no primary
 * source confirms warn, and so does what the live service breaks just so already and no edit says: it came about
 * without this command, and refusing would keep everything else from being changed. A caller with --no-limit-check does
 * not call this, and what was asked for is sent.
 */
#ifndef CR_LIMITS_SERVICE_H
#define CR_LIMITS_SERVICE_H

#include <jansson.h>

#include "base/problems.h"
#include "core/edit.h"
#include "core/limits.h"

struct cr_limits_subject {
    const json_t *service;        /* Cloud Run v2 Service with all its containers */
    const json_t *live;           /* the same before the edits; NULL: there was none */
    const char *name;             /* of the service, short; NULL: not checked */
    const char *region;           /* NULL: not checked */
    const struct cr_edits *edits; /* who said what; NULL: nobody is known */
    enum cr_profile profile;
};

/* What the service has where the rules are about numbers: of the whole, and of the container that takes requests. A
 * quantity that cannot be read leaves its field unset and is reported. */
void cr_limits_read(const struct cr_limits_subject *subject, struct cr_limit_value values[CR_LIMIT_FIELD_COUNT],
                    struct cr_problems *problems);

void cr_limits_service(const struct cr_limits_subject *subject, struct cr_problems *problems);

#endif
