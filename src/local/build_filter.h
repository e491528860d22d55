/* build_filter.h - the filter of builds.list, as far as clients use it: tags="x", status!="SUCCESS", build_id="…",
 * create_time>="2026-01-02T03:04:05Z", joined by blanks or AND. */
#ifndef LOCAL_BUILD_FILTER_H
#define LOCAL_BUILD_FILTER_H

#include <jansson.h>

#include "base/error.h"

/* 1: matches (an empty or absent filter does), 0: does not, -1: CR_E_API naming the term that is not understood. */
int local_build_match(const char *filter, const json_t *build, struct cr_error *err);

#endif
