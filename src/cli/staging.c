#include "cli/staging.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/source.h"
#include "gcp/storage.h"

void cli_staging_clear(struct cli_staging *s)
{
    free(s->bucket);
    free(s->dir);
    *s = (struct cli_staging){0};
}

/* gcloud's names: PROJECT_cloudbuild, or PROJECT_REGION_cloudbuild where buckets are to stand in the build's region. */
static void choose_bucket(const struct cr_plan *plan, const char *location, struct cli_staging *s)
{
    static const char tail[] = "_cloudbuild";
    CR_AUTO_FREE char *usual = gcp_bucket_default(cr_plan_text(plan, CR_KEY_PROJECT));
    const char *behavior = cr_plan_text(plan, CR_KEY_BUILD_BUCKETS);

    s->own = true;
    s->regional =
        cr_key_same(CR_KEY_BUILD_BUCKETS, "regional-user-owned-bucket", behavior) && strcmp(location, "global") != 0;
    s->bucket = s->regional ? cr_format("%.*s_%s%s", (int)(strlen(usual) - strlen(tail)), usual, location, tail)
                            : CR_STEAL(usual);
}

int cli_staging_choose(const struct cr_plan *plan, const char *location, struct cli_staging *s, struct cr_error *err)
{
    *s = (struct cli_staging){0};
    if (!cr_plan_has(plan, CR_KEY_BUILD_STAGING_DIR)) {
        choose_bucket(plan, location, s);
    } else {
        if (cr_gs_parse(cr_plan_text(plan, CR_KEY_BUILD_STAGING_DIR), &s->bucket, &s->dir, err) < 0)
            return -1;
        for (size_t n = s->dir ? strlen(s->dir) : 0; n && s->dir[n - 1] == '/';)
            s->dir[--n] = '\0';
    }
    if (!s->dir)
        s->dir = cr_strdup("source");
    return 0;
}
