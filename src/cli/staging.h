/*
 * staging.h - where sources of builds are kept in Cloud Storage: gcloud's bucket, or the one that is named.
 *
 * Ownership: CLI_AUTO_STAGING frees. Errors: CR_E_CONFIG for a build.gcs_source_staging_dir that is none.
 */
#ifndef CLI_STAGING_H
#define CLI_STAGING_H

#include "core/plan.h"

struct cli_staging {
    char *bucket, *dir; /* dir without a slash at the end: "source" */
    bool own;           /* the project's default: that it is the project's is verified before use */
    bool regional;      /* and stands in the build's region */
};

#define CLI_AUTO_STAGING __attribute__((cleanup(cli_staging_clear)))
void cli_staging_clear(struct cli_staging *s);

/* `location` is that of the build: "global", or a region. */
int cli_staging_choose(const struct cr_plan *plan, const char *location, struct cli_staging *s,
                       struct cr_error *err) CR_CHECKED;

#endif
