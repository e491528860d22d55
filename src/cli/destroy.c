#include "cli/destroy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/staging.h"
#include "gcp/json.h"
#include "gcp/registry_images.h"
#include "gcp/run.h"
#include "gcp/storage.h"

static const char repository[] = "crdeploy";

void cli_destroy_clear(struct cli_destroy *d)
{
    json_decref(d->services);
    json_decref(d->packages);
    json_decref(d->objects);
    free(d->location);
    free(d->foreign);
    *d = (struct cli_destroy){0};
}

static bool is_ours(const json_t *marks)
{
    return strcmp(gcp_text_at(marks, "managed-by"), "crdeploy") == 0;
}

static bool is_wanted(const char *name, const char *only)
{
    return !only || strcmp(name, only) == 0;
}

static struct gcp_repository repository_of(struct cli_service *s, const struct cli_destroy *d)
{
    return (struct gcp_repository){cr_plan_text(&s->plan, CR_KEY_PROJECT), d->location, repository};
}

/* ---- finding ---- */

static int add_service(struct cli_service *s, const json_t *service, struct cli_destroy *d, struct cr_error *err)
{
    const char *name = gcp_text_at(service, "name");
    json_auto_t *revisions = NULL, *policy = NULL;
    json_t *bindings;

    if (gcp_run_revisions(&s->link.gcp, name, &revisions, err) < 0 ||
        gcp_run_policy_get(&s->link.gcp, name, &policy, err) < 0)
        return -1;
    bindings = json_object_get(policy, "bindings");
    json_array_append_new(d->services,
                          json_pack("{s:s, s:s, s:I, s:o}", "name", name, "uri", gcp_text_at(service, "uri"),
                                    "revisions", (json_int_t)json_array_size(revisions), "bindings",
                                    bindings ? json_incref(bindings) : json_array()));
    return 0;
}

static int find_services(struct cli_service *s, const char *only, struct cli_destroy *d, struct cr_error *err)
{
    json_auto_t *all = NULL;
    json_t *one;
    size_t i;

    if (gcp_run_list(&s->link.gcp, s->parent, &all, err) < 0)
        return -1;
    json_array_foreach(all, i, one)
    {
        const char *name = cli_short_name(gcp_text_at(one, "name"));

        if (!is_wanted(name, only))
            continue;
        if (is_ours(json_object_get(one, "labels"))) {
            if (add_service(s, one, d, err) < 0)
                return -1;
        } else if (only) {
            d->foreign = cr_format("the service '%s' is not labelled managed-by=crdeploy", name);
        }
    }
    return 0;
}

/* "scorer" of "us-central1-docker.pkg.dev/proj/crdeploy/scorer@sha256:...", where the project may be called crdeploy,
 * too. New. */
static char *package_of(const char *uri, const char *project)
{
    CR_AUTO_FREE char *place = cr_format("/%s/%s/", project, repository);
    char *colon = strchr(place, ':');
    const char *at;

    if (colon)
        *colon = '/'; /* "example.com:my-proj" is a path there */
    at = strstr(uri, place);
    at = at ? at + strlen(place) : uri;
    return cr_strndup(at, strcspn(at, "@:"));
}

static void add_image(json_t *by_name, const char *package, const json_t *image)
{
    const char *size = gcp_text_at(image, "imageSizeBytes");
    json_t *row = json_object_get(by_name, package);
    json_int_t bytes;

    if (!row) {
        row = json_pack("{s:s, s:i, s:i}", "name", package, "images", 0, "bytes", 0);
        json_object_set_new(by_name, package, row);
    }
    bytes = json_integer_value(json_object_get(row, "bytes"));
    json_object_set_new(row, "bytes", json_integer(*size && bytes >= 0 ? bytes + strtoll(size, NULL, 10) : -1));
    json_object_set_new(row, "images", json_integer(json_integer_value(json_object_get(row, "images")) + 1));
}

static int find_images(struct cli_service *s, const char *only, struct cli_destroy *d, struct cr_error *err)
{
    const struct gcp_repository r = repository_of(s, d);
    json_auto_t *found = NULL, *images = NULL, *by_name = json_object();
    const char *name;
    json_t *one;
    size_t i;

    if (gcp_repository_get(&s->link.gcp, &r, &found, err) < 0)
        return -1;
    if (!found || !is_ours(json_object_get(found, "labels")))
        return 0;
    if (gcp_repository_images(&s->link.gcp, &r, &images, err) < 0)
        return -1;
    json_array_foreach(images, i, one)
    {
        CR_AUTO_FREE char *package = package_of(gcp_text_at(one, "uri"), r.project);

        if (is_wanted(package, only))
            add_image(by_name, package, one);
    }
    json_object_foreach(by_name, name, one) json_array_append(d->packages, one);
    return 0;
}

static int find_objects(struct cli_service *s, const char *only, struct cli_destroy *d, struct cr_error *err)
{
    const char *region = cr_plan_text(&s->plan, CR_KEY_BUILD_REGION);
    CLI_AUTO_STAGING struct cli_staging place = {0};
    CR_AUTO_FREE char *prefix = NULL;
    enum gcp_bucket_owner owner;
    json_auto_t *all = NULL;
    json_t *one;
    size_t i;

    if (cli_staging_choose(&s->plan, *region ? region : "global", &place, err) < 0 ||
        gcp_bucket_owner(&s->link.gcp, cr_plan_text(&s->plan, CR_KEY_PROJECT), place.bucket, &owner, err) < 0)
        return -1;
    prefix = cr_format("%s/", place.dir);
    if (owner == GCP_BUCKET_MISSING || (owner == GCP_BUCKET_FOREIGN && place.own))
        return 0;
    if (gcp_object_list(&s->link.gcp, place.bucket, prefix, &all, err) < 0)
        return -1;
    json_array_foreach(all, i, one)
    {
        const json_t *marks = json_object_get(one, "metadata");

        if (is_ours(marks) && is_wanted(gcp_text_at(marks, "service"), only))
            json_array_append_new(d->objects,
                                  json_pack("{s:s, s:s, s:s, s:I}", "bucket", place.bucket, "name",
                                            gcp_text_at(one, "name"), "generation", gcp_text_at(one, "generation"),
                                            "bytes", (json_int_t)strtoll(gcp_text_at(one, "size"), NULL, 10)));
    }
    return 0;
}

int cli_destroy_find(struct cli_service *s, const char *only, struct cli_destroy *d, struct cr_error *err)
{
    d->services = json_array();
    d->packages = json_array();
    d->objects = json_array();
    d->location = cr_strdup(cr_plan_text(&s->plan, CR_KEY_REGION));
    if (find_services(s, only, d, err) < 0)
        return -1;
    if (d->foreign)
        return 0;
    return find_images(s, only, d, err) < 0 ? -1 : find_objects(s, only, d, err);
}

size_t cli_destroy_count(const struct cli_destroy *d)
{
    return json_array_size(d->services) + json_array_size(d->packages) + json_array_size(d->objects);
}

static int64_t sum(const json_t *rows)
{
    int64_t total = 0;
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_int_t bytes = json_integer_value(json_object_get(row, "bytes"));

        total += bytes > 0 ? bytes : 0;
    }
    return total;
}

int64_t cli_destroy_bytes(const struct cli_destroy *d)
{
    return sum(d->packages) + sum(d->objects);
}

/* ---- doing ---- */

static int delete_services(struct cmd *c, struct cli_service *s, const struct cli_destroy *d, struct cr_error *err)
{
    json_t *one;
    size_t i;

    json_array_foreach(d->services, i, one)
    {
        const char *name = gcp_text_at(one, "name");
        json_auto_t *operation = NULL, *gone = NULL;

        if (gcp_run_delete(&s->link.gcp, name, NULL, &operation, err) < 0 ||
            (operation &&
             cli_run_wait(c->ui, &s->link.gcp, operation, "deleting", "delete the service", &gone, err) < 0))
            return -1;
        ui_done(c->ui, "deleted the service '%s'", cli_short_name(name));
    }
    return 0;
}

int cli_destroy_do(struct cmd *c, struct cli_service *s, const struct cli_destroy *d, struct cr_error *err)
{
    const struct gcp_repository r = repository_of(s, d);
    json_t *one;
    size_t i;

    if (delete_services(c, s, d, err) < 0)
        return -1;
    json_array_foreach(d->packages, i, one)
    {
        const char *name = gcp_text_at(one, "name");

        if (gcp_package_delete(&s->link.gcp, &r, name, err) < 0)
            return -1;
        ui_done(c->ui, "deleted %" JSON_INTEGER_FORMAT " images '%s'",
                json_integer_value(json_object_get(one, "images")), name);
    }
    json_array_foreach(d->objects, i, one)
    {
        ui_progress(c->ui, "deleting staged sources", (int64_t)i, (int64_t)json_array_size(d->objects), false);
        if (gcp_object_delete(&s->link.gcp, gcp_text_at(one, "bucket"), gcp_text_at(one, "name"),
                              gcp_text_at(one, "generation"), err) < 0)
            return -1;
    }
    if (i)
        ui_done(c->ui, "deleted %zu staged sources", i);
    return 0;
}
