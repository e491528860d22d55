/*
 * limits_opts.h - the options that choose which limits are asked, for the verbs that check: check, build, deploy,
 * services update.
 *
 *     struct build_args { ...; struct cli_limits_args limits; };
 *     static const struct opt opts[] = {..., CLI_LIMITS_OPTIONS(struct build_args, limits), OPT_END};
 *
 * Ownership: texts are borrowed from argv. Errors: CR_E_USAGE for a profile there is not, and for both options at once.
 */
#ifndef CLI_LIMITS_OPTS_H
#define CLI_LIMITS_OPTS_H

#include <stdbool.h>

#include "cli/opt.h"
#include "core/limits.h"

struct cli_limits_args {
    const char *profile;
    bool none;
};

/* clang-format off */
#define CLI_LIMITS_OPTIONS(S, limits)                                                                                \
    {0, "limits-profile", OPT_STR(S, limits.profile), .arg = "PROFILE", .choices = cr_profile_names,                 \
     .help = "Check against the limits of today (current) or of November 2020 (2020-11)"},                           \
    {0, "no-limit-check", OPT_FLAG(S, limits.none),                                                                  \
     .help = "Ask none of the platform's limits, and let the platform decide"}
/* clang-format on */

/* CR_PROFILE_NONE for --no-limit-check; the profile of today when nothing is said. */
int cli_limits_profile(const struct cli_limits_args *args, enum cr_profile *profile, struct cr_error *err) CR_CHECKED;

#endif
