#include "core/body_build.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

#define DOCKER "gcr.io/cloud-builders/docker"
#define EPOCH "SOURCE_DATE_EPOCH=0"
#define PACK "gcr.io/k8s-skaffold/pack"
#define PACK_BUILDER "gcr.io/buildpacks/builder:latest"

const char *const cr_build_stages[] = {"build", "prepare", "server", NULL};

static void push(json_t *list, const char *text)
{
    json_array_append_new(list, json_string(text));
}

char *cr_image_path(const char *image)
{
    size_t n = strcspn(image, "@"), colon = n;

    while (colon && image[colon - 1] != ':' && image[colon - 1] != '/')
        colon--;
    return cr_strndup(image, colon && image[colon - 1] == ':' ? colon - 1 : n);
}

/* ---- docker ---- */

/* So that BuildKit writes no time of today into an image of crdeploy's. */
static void push_epoch(json_t *args, const struct cr_build_want *want)
{
    if (!want->own)
        return;
    push(args, "--build-arg");
    push(args, EPOCH);
}

static json_t *plain_step(const struct cr_build_want *want)
{
    json_t *args = json_pack("[s,s,s,s]", "build", "--network", "cloudbuild", "--no-cache");

    push_epoch(args, want);
    push(args, "-t");
    push(args, want->image);
    push(args, ".");
    return json_pack("{s:s, s:o}", "name", DOCKER, "args", args);
}

static char *cache_of(const char *path, const char *stage)
{
    return stage ? cr_format("%s:cache-%s", path, stage) : cr_format("%s:" CR_BUILD_CACHE_TAG, path);
}

static json_t *buildkit_step(json_t *args)
{
    return json_pack("{s:s, s:[s], s:o}", "name", DOCKER, "env", "DOCKER_BUILDKIT=1", "args", args);
}

/* A build of one stage, or with stage NULL of the image itself, which starts from all that is there. */
static json_t *cached_step(const struct cr_build_want *want, const char *path, const char *const *stages,
                           const char *stage)
{
    json_t *args = json_pack("[s,s,s]", "build", "--build-arg", "BUILDKIT_INLINE_CACHE=1");
    CR_AUTO_FREE char *cache = cache_of(path, stage), *last = cache_of(path, NULL);

    push_epoch(args, want);
    push(args, "--cache-from");
    push(args, last);
    for (; *stages; stages++) {
        CR_AUTO_FREE char *other = cache_of(path, *stages);

        push(args, "--cache-from");
        push(args, other);
    }
    if (stage) {
        push(args, "--target");
        push(args, stage);
    } else {
        push(args, "-t");
        push(args, want->image);
    }
    push(args, "-t");
    push(args, cache);
    push(args, ".");
    return buildkit_step(args);
}

static void label_steps(json_t *steps, const char *image)
{
    CR_AUTO_FREE char *arg = cr_format("IMAGE=%s", image);

    json_array_append_new(steps, buildkit_step(json_pack("[s,s,s,s,s,s,s,s]", "build", "--build-arg", arg, "--file",
                                                         "bootstrap/measured.Dockerfile", "--output",
                                                         "type=local,dest=measured", "bootstrap")));
    json_array_append_new(steps, buildkit_step(json_pack("[s,s,s,s,s,s,s,s]", "build", "--build-arg", arg,
                                                         "--build-arg", EPOCH, "-t", image, "measured")));
}

/* The image comes first: it is the one whose digest is asked for. */
static void docker(json_t *body, const struct cr_build_want *want)
{
    static const char *const none[] = {NULL};
    const char *const *stages = want->own ? cr_build_stages : none;
    CR_AUTO_FREE char *path = cr_image_path(want->image), *cache = cache_of(path, NULL);
    json_t *steps = json_array(), *images = json_pack("[s]", want->image);

    json_object_set_new(body, "steps", steps);
    json_object_set_new(body, "images", images);
    if (!want->plan->number[CR_KEY_BUILD_CACHE]) {
        json_array_append_new(steps, plain_step(want));
        if (want->measured)
            label_steps(steps, want->image);
        return;
    }
    push(images, cache);
    for (const char *const *s = stages; *s; s++) {
        CR_AUTO_FREE char *tag = cache_of(path, *s);

        json_array_append_new(steps, cached_step(want, path, stages, *s));
        push(images, tag);
    }
    json_array_append_new(steps, cached_step(want, path, stages, NULL));
    if (want->measured)
        label_steps(steps, want->image);
}

/* ---- kaniko and buildpacks ---- */

/* kaniko pushes by itself, so no image is named. */
static void kaniko(json_t *body, const struct cr_build_want *want)
{
    const struct cr_plan *plan = want->plan;
    int64_t hours = plan->number[CR_KEY_BUILD_CACHE] ? plan->number[CR_KEY_BUILD_KANIKO_TTL] : 0;
    CR_AUTO_FREE char *ttl = cr_format("%" PRId64 "h", hours);

    json_object_set_new(body, "steps",
                        json_pack("[{s:s, s:[s,s,s,s,s,s,s]}]", "name", cr_plan_text(plan, CR_KEY_BUILD_KANIKO_IMAGE),
                                  "args", "--destination", want->image, "--cache", "--cache-ttl", ttl, "--cache-dir",
                                  ""));
}

/* The word Google's buildpacks are counted by. */
static const char *builder_word(const char *builder)
{
    static const char *const words[][2] = {{"gcr.io/buildpacks/builder:latest", "latest"},
                                           {"gcr.io/buildpacks/builder", "latest"},
                                           {"gcr.io/buildpacks/builder:google-22", "google22"},
                                           {"gcr.io/buildpacks/builder:v1", "v1"}};

    for (size_t i = 0; builder && i < CR_LEN(words); i++)
        if (strcmp(builder, words[i][0]) == 0)
            return words[i][1];
    return builder ? "other" : "default";
}

static void add_builder_tag(json_t *tags, const char *builder)
{
    json_array_append_new(tags, json_sprintf("gcp-runtimes-builder-%s-gcloudsubmits", builder_word(builder)));
}

static void pack(json_t *body, const struct cr_pack *p)
{
    json_t *steps = json_array(), *tags = json_array();
    json_t *args = json_pack("[s,s,s,s]", "build", p->image, "--network", "cloudbuild");

    add_builder_tag(tags, p->builder);
    if (p->env) {
        push(args, "--env");
        push(args, p->env);
    }
    if (p->builder) {
        push(args, "--builder");
        push(args, p->builder);
    } else {
        add_builder_tag(tags, PACK_BUILDER);
        json_array_append_new(steps, json_pack("{s:s, s:s, s:[s,s,s]}", "name", PACK, "entrypoint", "pack", "args",
                                               "config", "default-builder", PACK_BUILDER));
    }
    json_array_append_new(steps, json_pack("{s:s, s:s, s:o}", "name", PACK, "entrypoint", "pack", "args", args));
    json_object_set_new(body, "steps", steps);
    json_object_set_new(body, "images", json_pack("[s]", p->image));
    json_object_set_new(body, "tags", tags);
}

void cr_pack_clear(struct cr_pack *p)
{
    free(p->image);
    free(p->builder);
    free(p->env);
    *p = (struct cr_pack){0};
}

int cr_pack_parse(const char *text, struct cr_pack *out, struct cr_error *err)
{
    CR_AUTO(cr_pack_clear) struct cr_pack p = {0};
    json_auto_t *map = NULL;
    const char *key;
    json_t *value;

    if (cr_map_parse(text, &map, err) < 0) {
        err->code = CR_E_USAGE;
        return cr_wrap(err, "--pack");
    }
    json_object_foreach(map, key, value)
    {
        char **field = strcmp(key, "image") == 0     ? &p.image
                       : strcmp(key, "builder") == 0 ? &p.builder
                       : strcmp(key, "env") == 0     ? &p.env
                                                     : NULL;

        if (!field) {
            cr_fail(err, CR_E_USAGE, "--pack knows no '%s'", key);
            return cr_hint(err, "write image=IMAGE, and where wanted builder=BUILDER and env=KEY=VALUE");
        }
        *field = cr_strdup(json_string_value(value));
    }
    if (!p.image || !*p.image) {
        cr_fail(err, CR_E_USAGE, "--pack names no image");
        return cr_hint(err, "write --pack image=us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME");
    }
    *out = p;
    p = (struct cr_pack){0};
    return 0;
}

/* ---- everything else ---- */

json_t *cr_build_storage_source(const char *bucket, const char *object, const char *generation)
{
    size_t n = strlen(object);
    const char *kind = n > 5 && strcmp(object + n - 5, ".json") == 0 ? "storageSourceManifest" : "storageSource";

    return cr_oom_check(
        json_pack("{s:{s:s, s:s, s:s*}}", kind, "bucket", bucket, "object", object, "generation", generation));
}

/* e2-highcpu-8 as the API spells it. New. */
static char *upper(const char *text)
{
    char *made = cr_strdup(text);

    for (char *p = made; *p; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    return made;
}

/* "projects/P/serviceAccounts/EMAIL", as the API wants it; P is the account's own project where its name tells it. */
static char *account(const struct cr_plan *plan)
{
    static const char domain[] = ".iam.gserviceaccount.com";
    const char *text = cr_plan_text(plan, CR_KEY_BUILD_SERVICE_ACCOUNT), *at = strchr(text, '@');
    size_t n = at ? strlen(at + 1) : 0, d = sizeof(domain) - 1;

    if (strchr(text, '/') || !at)
        return cr_strdup(text);
    if (n > d && strcmp(at + 1 + n - d, domain) == 0)
        return cr_format("projects/%.*s/serviceAccounts/%s", (int)(n - d), at + 1, text);
    return cr_format("projects/%s/serviceAccounts/%s", cr_plan_text(plan, CR_KEY_PROJECT), text);
}

static char *pool_name(const struct cr_plan *plan)
{
    const char *text = cr_plan_text(plan, CR_KEY_BUILD_WORKER_POOL);

    if (strchr(text, '/'))
        return cr_strdup(text);
    return cr_format("projects/%s/locations/%s/workerPools/%s", cr_plan_text(plan, CR_KEY_PROJECT),
                     cr_plan_text(plan, CR_KEY_BUILD_REGION), text);
}

/* What the plan says, over what a configuration file said. */
static void set_options(json_t *options, const struct cr_plan *plan)
{
    CR_AUTO_FREE char *machine = upper(cr_plan_text(plan, CR_KEY_BUILD_MACHINE_TYPE));
    CR_AUTO_FREE char *buckets = upper(cr_plan_text(plan, CR_KEY_BUILD_BUCKETS)), *pool = pool_name(plan);
    struct cr_error never;
    int64_t gb;

    if (*machine)
        json_object_set_new(options, "machineType", json_string(machine));
    if (cr_plan_has(plan, CR_KEY_BUILD_DISK_SIZE) &&
        cr_disk_parse(cr_plan_text(plan, CR_KEY_BUILD_DISK_SIZE), &gb, &never) == 0)
        json_object_set_new(options, "diskSizeGb", json_sprintf("%" PRId64, gb));
    if (cr_plan_has(plan, CR_KEY_BUILD_WORKER_POOL))
        json_object_set_new(options, "pool", json_pack("{s:s}", "name", pool));
    if (*buckets)
        json_object_set_new(options, "defaultLogsBucketBehavior", json_string(buckets));
}

/* A build that runs as somebody in particular must say where its log goes, or Google refuses it: to Cloud Logging, when
 * nothing else is said. */
static void set_logging(json_t *body, json_t *options)
{
    const char *behavior = json_string_value(json_object_get(options, "defaultLogsBucketBehavior"));

    if (json_object_get(body, "serviceAccount") && !json_object_get(body, "logsBucket") &&
        !json_object_get(options, "logging") && (!behavior || strcmp(behavior, "REGIONAL_USER_OWNED_BUCKET") != 0))
        json_object_set_new(options, "logging", json_string("CLOUD_LOGGING_ONLY"));
}

static void set_timeout(json_t *body, const struct cr_build_want *want)
{
    const struct cr_plan *plan = want->plan;

    /* Somebody else's build has the default that its author knows; ours has a model to prepare. */
    if (want->own || plan->value[CR_KEY_BUILD_TIMEOUT].origin != CR_FROM_DEFAULT)
        json_object_set_new(body, "timeout", json_sprintf("%" PRId64 "s", plan->number[CR_KEY_BUILD_TIMEOUT]));
}

static void set_substitutions(json_t *body, const struct cr_plan *plan)
{
    json_t *map = plan->map[CR_KEY_BUILD_SUBSTITUTIONS], *have = json_object_get(body, "substitutions");

    if (map && json_object_size(map)) {
        if (have)
            json_object_update(have, map);
        else
            json_object_set_new(body, "substitutions", json_deep_copy(map));
    }
}

json_t *cr_body_build(const struct cr_build_want *want)
{
    const struct cr_plan *plan = want->plan;
    json_t *body = want->config ? json_deep_copy(want->config) : json_object(), *options;
    CR_AUTO_FREE char *as = account(plan);

    cr_oom_check(body);
    if (!want->config && want->pack)
        pack(body, want->pack);
    else if (!want->config && plan->number[CR_KEY_BUILD_KANIKO])
        kaniko(body, want);
    else if (!want->config)
        docker(body, want);
    if (want->source)
        json_object_set_new(body, "source", json_deep_copy(want->source));
    if (want->own)
        json_object_set_new(body, "tags", json_pack("[s,s]", "crdeploy", cr_plan_text(plan, CR_KEY_NAME)));
    set_timeout(body, want);
    set_substitutions(body, plan);
    if (cr_plan_has(plan, CR_KEY_BUILD_LOG_DIR))
        json_object_set_new(body, "logsBucket", json_string(cr_plan_text(plan, CR_KEY_BUILD_LOG_DIR)));
    if (*as)
        json_object_set_new(body, "serviceAccount", json_string(as));
    options = json_object_get(body, "options") ? json_incref(json_object_get(body, "options")) : json_object();
    set_options(options, plan);
    set_logging(body, options);
    if (json_object_size(options))
        json_object_set(body, "options", options);
    json_decref(options);
    return body;
}

const char *cr_build_image(const json_t *body)
{
    return json_string_value(json_array_get(json_object_get(body, "images"), 0));
}
