/*
 * local_fixture.h - a runtime without containers in a temporary directory, for unit tests.
 *
 * Ownership: local_fixture_open() makes everything, local_fixture_close() stops and removes it.
 */
#ifndef LOCAL_FIXTURE_H
#define LOCAL_FIXTURE_H

#include <jansson.h>

#include "local/instances.h"

struct local_fixture {
    char dir[64];
    struct local_runtime *rt;
    struct local_instances *set;
};

void local_fixture_open(struct local_fixture *f, int64_t idle_ms);
void local_fixture_close(struct local_fixture *f);
/* A template for the fixture's image; members of `more` replace those of its container. Takes more, which may be NULL.
 */
json_t *local_fixture_template(json_t *more);

#endif
