#include "core/edit_plan.h"

#include <string.h>

/* Of the platform and of gcloud come project and region, which are no edits. */
static bool is_said(const struct cr_plan *plan, enum cr_key key, bool fresh)
{
    return cr_plan_has(plan, key) && (fresh || plan->value[key].origin != CR_FROM_DEFAULT);
}

/* A place that begins with "--" is read as the command line is: what a plan has of an option it has in its own form. */
static const char *place_of(const struct cr_plan *plan, enum cr_key key)
{
    const char *where = plan->value[key].where;

    return where + (strncmp(where, "--", 2) == 0 ? 2 : 0);
}

int cr_edits_of_plan(const struct cr_plan *plan, const char *image, bool fresh, struct cr_edits *edits,
                     struct cr_error *err)
{
    for (size_t flag = 0; flag < CR_FLAG_COUNT; flag++) {
        enum cr_key key = cr_flags[flag].key;
        bool given = flag == CR_FLAG_IMAGE && image;

        if (!key || (!given && !is_said(plan, key, fresh)))
            continue;
        if (cr_edits_add(edits, flag, given ? image : cr_plan_text(plan, key),
                         cr_plan_has(plan, key) ? place_of(plan, key) : cr_keys[key].path, err) < 0)
            return -1;
    }
    return 0;
}
