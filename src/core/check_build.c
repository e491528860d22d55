/* What only Cloud Build wants of a plan's values. Which ones gcloud refuses before it sends anything was seen with it.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/body_build.h"
#include "core/check_parts.h"

enum { DISK_MIN_GB = 100, DISK_MAX_GB = 1024 };

/* ---- sizes of disks ---- */

/* Power of two of a unit: "G", "GB", "GiB", in any case; -1 when it is none. Without a unit: GB. */
static int unit_shift(const char *unit)
{
    static const char letters[] = "KMGTP";
    const char *found;

    if (!*unit)
        return 30;
    if (strcasecmp(unit, "B") == 0)
        return 0;
    found = strchr(letters, *unit >= 'a' ? *unit - 'a' + 'A' : *unit);
    if (!found || (unit[1] && strcasecmp(unit + 1, "B") != 0 && strcasecmp(unit + 1, "i") != 0 &&
                   strcasecmp(unit + 1, "iB") != 0))
        return -1;
    return 10 * (int)(found - letters + 1);
}

int cr_disk_parse(const char *text, int64_t *gb, struct cr_error *err)
{
    size_t digits = strspn(text, "0123456789");
    int shift = unit_shift(text + digits);
    uint64_t n = digits && digits < 19 ? strtoull(text, NULL, 10) : 0;

    if (!digits || digits > 18 || shift < 0 || n > (UINT64_MAX >> (shift ? shift : 1))) {
        cr_fail(err, CR_E_CONFIG, "'%s' is no size of a disk", text);
        return cr_hint(err, "write it as 200GB");
    }
    n <<= shift;
    if (n < (uint64_t)DISK_MIN_GB << 30 || n > (uint64_t)DISK_MAX_GB << 30) {
        cr_fail(err, CR_E_CONFIG, "a disk of '%s' is %s", text,
                n < (uint64_t)DISK_MIN_GB << 30 ? "smaller than 100GB" : "larger than 1TB");
        return cr_hint(err, "give a size from 100GB to 1TB");
    }
    if (n & ((1u << 30) - 1)) {
        cr_fail(err, CR_E_CONFIG, "a disk of '%s' is no whole number of GB", text);
        return cr_hint(err, "write %" PRIu64 "GB", (n >> 30) + 1);
    }
    *gb = (int64_t)(n >> 30);
    return 0;
}

static void check_disk(const struct cr_plan *plan, struct cr_problems *problems)
{
    struct cr_error err = {0};
    int64_t gb;

    if (cr_plan_has(plan, CR_KEY_BUILD_DISK_SIZE) &&
        cr_disk_parse(cr_plan_text(plan, CR_KEY_BUILD_DISK_SIZE), &gb, &err) < 0)
        cr_problems_take(problems, plan->value[CR_KEY_BUILD_DISK_SIZE].where, &err);
}

/* ---- names ---- */

/* As gcloud asks: whether the name of a registry of Google's stands anywhere in it. */
static const char *wrong_with_tag(const struct cr_plan *plan, const char *tag)
{
    /* ${_NAME} is filled in by Cloud Build, where a configuration of one's own is used */
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@",
                      more[] = "${}";
    size_t host = strcspn(tag, "/");

    for (const char *p = tag; *p; p++)
        if (!strchr(allowed, *p) && (plan->manifest || !strchr(more, *p)))
            return "is no name of an image";
    if (!*tag)
        return "is no name of an image";
    if (!tag[host] || (!memchr(tag, '.', host) && !memchr(tag, ':', host)))
        return "names no registry";
    if (plan->number[CR_KEY_BUILD_CHECK_TAG] && !strstr(tag, "gcr.io") && !strstr(tag, "pkg.dev"))
        return "is in none of Google's registries, gcr.io and pkg.dev";
    return NULL;
}

static void check_tag(const struct cr_plan *plan, struct cr_problems *problems)
{
    const char *tag = cr_plan_text(plan, CR_KEY_BUILD_IMAGE), *why;

    why = cr_plan_has(plan, CR_KEY_BUILD_IMAGE) ? wrong_with_tag(plan, tag) : NULL;
    if (why)
        cr_problem_hint(cr_check_fault(plan, CR_KEY_BUILD_IMAGE, problems, "image '%s' %s", tag, why),
                        "such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG");
}

static void check_pool(const struct cr_plan *plan, struct cr_problems *problems)
{
    const char *pool = cr_plan_text(plan, CR_KEY_BUILD_WORKER_POOL), *region = cr_plan_text(plan, CR_KEY_BUILD_REGION);
    CR_AUTO_FREE char *location = NULL;
    struct cr_error err = {0};

    if (!*pool)
        return;
    if (!strchr(pool, '/') && (!*region || strcmp(region, "global") == 0)) {
        cr_problem_hint(
            cr_check_fault(plan, CR_KEY_BUILD_WORKER_POOL, problems, "the worker pool '%s' stands in no region", pool),
            "write projects/PROJECT/locations/REGION/workerPools/%s, or set build.region", pool);
        return;
    }
    if (cr_build_location(plan, NULL, &location, &err) < 0)
        cr_problems_take(problems, plan->value[CR_KEY_BUILD_WORKER_POOL].where, &err);
}

static void check_dir(const struct cr_plan *plan, enum cr_key key, bool below, struct cr_problems *problems)
{
    const char *text = cr_plan_text(plan, key), *slash;
    bool gs = strncmp(text, "gs://", 5) == 0 && text[5] && text[5] != '/';

    if (!cr_plan_has(plan, key))
        return;
    slash = gs ? strchr(text + 5, '/') : NULL;
    if (gs && (!below || (slash && slash[1])))
        return;
    cr_problem_hint(
        cr_check_fault(plan, key, problems,
                       gs ? "'%s' is a bucket, not a directory in one" : "'%s' is no directory in Cloud Storage", text),
        "write %s", cr_keys[key].example);
}

/* Keys that a build started by hand may set besides those of its author. */
static bool substitution_ok(const char *key)
{
    static const char *const known[] = {"BRANCH_NAME", "COMMIT_SHA", "REPO_FULL_NAME", "REPO_NAME",
                                        "REVISION_ID", "SHORT_SHA",  "TAG_NAME"};

    for (size_t i = 0; i < CR_LEN(known); i++)
        if (strcmp(key, known[i]) == 0)
            return true;
    return key[0] == '_' && key[1] && !key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

static void check_substitutions(const struct cr_plan *plan, struct cr_problems *problems)
{
    const char *key;
    json_t *value;

    json_object_foreach(plan->map[CR_KEY_BUILD_SUBSTITUTIONS], key, value)
    {
        if (!substitution_ok(key))
            cr_problem_hint(cr_check_fault(plan, CR_KEY_BUILD_SUBSTITUTIONS, problems,
                                           "the substitution '%s' does not start with an underscore and go on with "
                                           "A-Z, 0-9 and _",
                                           key),
                            "write _%s=%s", *key == '_' ? "NAME" : key, json_string_value(value));
    }
}

/* "20261101T000000Z", and a day that exists. */
static bool snapshot_ok(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &tm);
    char back[32];
    time_t t = end && !*end ? timegm(&tm) : -1;

    return t >= 0 && gmtime_r(&t, &tm) && strftime(back, sizeof(back), "%Y%m%dT%H%M%SZ", &tm) &&
           strcmp(back, text) == 0;
}

static void check_snapshot(const struct cr_plan *plan, struct cr_problems *problems)
{
    const char *text = cr_plan_text(plan, CR_KEY_BUILD_SNAPSHOT);

    if (cr_plan_has(plan, CR_KEY_BUILD_SNAPSHOT) && !snapshot_ok(text))
        cr_problem_hint(
            cr_check_fault(plan, CR_KEY_BUILD_SNAPSHOT, problems, "'%s' is not a valid time of a snapshot", text),
            "write the UTC time as YYYYMMDDTHHMMSSZ, such as %s", cr_keys[CR_KEY_BUILD_SNAPSHOT].example);
}

void cr_check_build(const struct cr_plan *plan, struct cr_problems *problems)
{
    check_snapshot(plan, problems);
    check_tag(plan, problems);
    check_disk(plan, problems);
    check_pool(plan, problems);
    check_dir(plan, CR_KEY_BUILD_STAGING_DIR, true, problems);
    check_dir(plan, CR_KEY_BUILD_LOG_DIR, false, problems);
    check_substitutions(plan, problems);
}

/* The region in "projects/P/locations/L/workerPools/W"; NULL when the text is no such name. New. */
static char *pool_region(const char *pool)
{
    const char *from = pool ? strstr(pool, "/locations/") : NULL, *to;

    from = from ? from + strlen("/locations/") : NULL;
    to = from ? strstr(from, "/workerPools/") : NULL;
    return to && to > from ? cr_strndup(from, (size_t)(to - from)) : NULL;
}

int cr_build_location(const struct cr_plan *plan, const json_t *config, char **location, struct cr_error *err)
{
    const json_t *options = json_object_get(config, "options");
    const char *wanted = cr_plan_text(plan, CR_KEY_BUILD_REGION);
    const char *pool = cr_plan_has(plan, CR_KEY_BUILD_WORKER_POOL)
                           ? cr_plan_text(plan, CR_KEY_BUILD_WORKER_POOL)
                           : json_string_value(json_object_get(json_object_get(options, "pool"), "name"));
    CR_AUTO_FREE char *region = NULL;

    region = pool_region(pool ? pool : json_string_value(json_object_get(options, "workerPool")));
    if (region && *wanted && strcmp(region, wanted) != 0) {
        cr_fail(err, CR_E_CONFIG, "the worker pool is in '%s', and the build is to run in '%s'", region, wanted);
        return cr_hint(err, "leave build.region and --region out");
    }
    *location = region ? CR_STEAL(region) : cr_strdup(*wanted ? wanted : "global");
    return 0;
}
