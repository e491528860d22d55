#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/platform.h"
#include "cli/settings.h"
#include "core/label.h"
#include "gcp/json.h"
#include "gcp/registry_image.h"
#include "gcp/registry_images.h"

struct image_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
};

static const struct opt opts[] = {
    OPT_PLAN(struct image_args, plan, CR_KEY_PROJECT, "project"),
    OPT_PLAN(struct image_args, plan, CR_KEY_PLATFORM, "platform"),
    CLI_CREDENTIAL_OPTIONS(struct image_args, cred),
    OPT_END,
};

/* Of all images of the repository the one that is meant; NULL when there is none. New reference. */
static int find_row(struct gcp *g, const struct gcp_image *image, json_t **row, struct cr_error *err)
{
    const struct gcp_repository r = {image->project, image->location, image->repository};
    CR_AUTO_FREE char *digest = image->digest ? cr_strdup(image->digest) : NULL, *path = NULL;
    json_auto_t *all = NULL;
    json_t *one;
    size_t i;

    *row = NULL;
    if (!digest && gcp_registry_digest(g, image, &digest, err) < 0)
        return -1;
    if (!digest)
        return 0;
    path = cr_format("/%s@%s", image->package, digest);
    if (gcp_repository_images(g, &r, &all, err) < 0)
        return -1;
    json_array_foreach(all, i, one)
    {
        const char *uri = gcp_text_at(one, "uri");
        size_t n = strlen(uri), m = strlen(path);

        if (n > m && strcmp(uri + n - m, path) == 0)
            *row = json_incref(one);
    }
    return 0;
}

/* A label that is a number; null without one, or when it is something else. New. */
static json_t *number(const json_t *labels, const char *name)
{
    const char *text = json_string_value(json_object_get(labels, name));
    char *end = NULL;
    long long n = text ? strtoll(text, &end, 10) : 0;

    return text && *text && !*end && n >= 0 ? json_integer(n) : json_null();
}

static json_t *text_or_null(const json_t *labels, const char *name)
{
    json_t *text = json_object_get(labels, name);

    return json_is_string(text) ? json_incref(text) : json_null();
}

static json_t *document(const char *ref, const json_t *row, const json_t *labels)
{
    const char *uri = gcp_text_at(row, "uri"), *size = gcp_text_at(row, "imageSizeBytes"), *at = strchr(uri, '@');

    return cr_oom_check(
        json_pack("{s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "image", cmd_text_json(at ? uri : ref),
                  "digest", at ? at + 1 : NULL, "size", *size ? json_integer(strtoll(size, NULL, 10)) : json_null(),
                  "base", text_or_null(labels, CR_LABEL_BASE), "task", text_or_null(labels, CR_LABEL_TASK), "samples",
                  number(labels, CR_LABEL_SAMPLES), "peak_memory", number(labels, CR_LABEL_PEAK), "packages",
                  number(labels, CR_LABEL_PACKAGES), "crdeploy", text_or_null(labels, CR_LABEL_VERSION), "labels",
                  labels ? json_deep_copy(labels) : json_object()));
}

static void show_line(FILE *out, const char *name, const json_t *value, bool bytes)
{
    char size[24];

    if (json_is_integer(value) && bytes) {
        ui_size(json_integer_value(value), size);
        fprintf(out, "%-12s %s\n", name, size);
    } else if (json_is_integer(value)) {
        fprintf(out, "%-12s %lld\n", name, (long long)json_integer_value(value));
    } else {
        fprintf(out, "%-12s %s\n", name, json_is_string(value) ? json_string_value(value) : "unknown");
    }
}

static void show(FILE *out, const json_t *doc)
{
    static const struct {
        const char *name, *key;
        bool bytes;
    } rows[] = {{"image", "image", false},
                {"digest", "digest", false},
                {"size", "size", true},
                {"base", "base", false},
                {"task", "task", false},
                {"samples", "samples", false},
                {"peak memory", "peak_memory", true},
                {"packages", "packages", false},
                {"crdeploy", "crdeploy", false}};
    const char *key;
    json_t *value;

    for (size_t i = 0; i < CR_LEN(rows); i++)
        show_line(out, rows[i].name, json_object_get(doc, rows[i].key), rows[i].bytes);
    fprintf(out, "labels\n");
    json_object_foreach(json_object_get(doc, "labels"), key, value)
        fprintf(out, "  %s=%s\n", key, json_is_string(value) ? json_string_value(value) : "");
}

static int open_platform(struct cmd *c, struct cr_manifest *m, struct cr_plan *plan, struct cli_connection *link,
                         struct cr_error *err)
{
    const struct image_args *a = c->args;
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (cli_plan_load(NULL, &a->plan, false, m, plan, &problems, err) < 0 ||
        cmd_problems(c, &problems, m->path ? m->path : "the settings", err) < 0)
        return -1;
    return cli_connect(plan, &a->cred, c->ui, link, err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    json_auto_t *config = NULL, *row = NULL, *doc = NULL;

    if (gcp_image_parse(c->pos[0], &image, err) < 0 || open_platform(c, &manifest, &plan, &link, err) < 0 ||
        gcp_image_config(&link.gcp, &image, &config, err) < 0)
        return -1;
    if (!config) {
        cr_fail(err, CR_E_API, "image '%s' not found", c->pos[0]);
        return cr_hint(err, "'crdeploy build' prints the name of the image it built");
    }
    if (find_row(&link.gcp, &image, &row, err) < 0)
        return -1;
    doc = document(c->pos[0], row, gcp_image_labels(config));
    if (c->json)
        return cmd_json(c, json_incref(doc), err);
    show(c->out, doc);
    if (json_is_null(json_object_get(doc, "crdeploy")))
        ui_note(c->ui, "the image was not built by crdeploy");
    return 0;
}

const struct verb verb_image_inspect = {
    .name = "image inspect",
    .args = "IMAGE",
    .summary = "Show what an image is made of and what it was measured to need",
    .about =
        "Reads the labels of IMAGE from its registry, or from the local platform with --platform local: the digest and "
        "size, the base image it was built from, the model's task, how many samples the build verified, the most "
        "memory "
        "that was resident while it did, and the number of Debian packages in it. What an image does not say is "
        "'unknown', and null with --json.\n\n"
        "The complete list of its libraries, packages, licenses and model files is in the image itself, as an SPDX 2.3 "
        "document at /usr/share/sbom/image.spdx.json.",
    .examples = (const char *const[]){"crdeploy image inspect us-central1-docker.pkg.dev/my-project/crdeploy/iris:v1",
                                      "crdeploy image inspect \"$(crdeploy build)\" --json", NULL},
    .min_args = 1,
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct image_args),
    .run = run,
};
