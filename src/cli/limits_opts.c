#include "cli/limits_opts.h"

int cli_limits_profile(const struct cli_limits_args *args, enum cr_profile *profile, struct cr_error *err)
{
    if (args->none && args->profile) {
        cr_fail(err, CR_E_USAGE, "--limits-profile and --no-limit-check exclude each other");
        return cr_hint(err, "leave one of them out");
    }
    if (!args->none)
        return cr_profile_parse(args->profile, profile, err);
    *profile = CR_PROFILE_NONE;
    return 0;
}
