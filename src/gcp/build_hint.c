#include "gcp/build_hint.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/json.h"
#include "gcp/registry.h"

struct about {
    const json_t *build;
    const char *text;    /* where the fragment was found */
    const char *project; /* of the build */
};

/* The account named in the text ("x@y.gserviceaccount.com does not have …"), or the build's own. New; NULL. */
static char *account_of(const struct about *a)
{
    const char *own = gcp_text_at(a->build, "serviceAccount"), *at, *from, *last = strrchr(own, '/');
    static const char legal[] = "abcdefghijklmnopqrstuvwxyz0123456789.-@";

    at = strstr(a->text, ".gserviceaccount.com");
    for (from = at; from && from > a->text && strchr(legal, from[-1]);)
        from--;
    if (at && memchr(from, '@', (size_t)(at - from)))
        return cr_strndup(from, (size_t)(at - from) + strlen(".gserviceaccount.com"));
    own = last ? last + 1 : own;
    return strchr(own, '@') && strspn(own, legal) == strlen(own) ? cr_strdup(own) : NULL;
}

static void grant(const struct about *a, const char *role, struct cr_error *err)
{
    CR_AUTO_FREE char *account = account_of(a);

    if (account && *a->project)
        cr_hint(err, "gcloud projects add-iam-policy-binding %.100s --role=%s --member=serviceAccount:%.200s",
                a->project, role, account);
    else
        cr_hint(err, "grant %s to the build's service account", role);
}

static void hint_fetch(const struct about *a, struct cr_error *err)
{
    grant(a, "roles/cloudbuild.builds.builder", err);
}

static void hint_push(const struct about *a, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    const char *ref = json_string_value(json_array_get(json_object_get(a->build, "images"), 0));
    CR_AUTO_FREE char *account = account_of(a);
    struct cr_error ignored = {0};

    if (account && ref && gcp_image_parse(ref, &image, &ignored) == 0)
        cr_hint(err,
                "gcloud artifacts repositories add-iam-policy-binding %.64s --location=%.40s --project=%.64s "
                "--role=roles/artifactregistry.writer --member=serviceAccount:%.200s",
                image.repository, image.location, image.project, account);
    else
        cr_hint(err, "grant roles/artifactregistry.writer to the build's service account, and check the repository's "
                     "name and location");
}

static void hint_repository(const struct about *a, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    const char *ref = json_string_value(json_array_get(json_object_get(a->build, "images"), 0));
    struct cr_error ignored = {0};

    if (ref && gcp_image_parse(ref, &image, &ignored) == 0)
        cr_hint(err,
                "gcloud artifacts repositories create %.64s --repository-format=docker --location=%.40s "
                "--project=%.64s",
                image.repository, image.location, image.project);
    else
        cr_hint(err, "the repository must exist before an image is pushed to it: gcloud artifacts repositories create");
}

/* In order: the first that is found is told. */
static const struct {
    const char *fragment;
    void (*how)(const struct about *a, struct cr_error *err); /* or the text: */
    const char *hint;
} known[] = {
    {"does not have storage.objects.get access", hint_fetch, NULL},
    {"artifactregistry.repositories.uploadArtifacts", hint_push, NULL},
    {"artifactregistry.repositories.createOnPush", hint_repository, NULL},
    {"gcr.io repo does not exist", hint_repository, NULL},
    {"name unknown: Repository", hint_repository, NULL},
    {"Container Registry is deprecated and shutting down", hint_repository, NULL},
    {"lstat /workspace/Dockerfile", NULL,
     "the context has no Dockerfile at its root; is it left out by .gcloudignore or .dockerignore?"},
    {"open Dockerfile: no such file", NULL,
     "the context has no Dockerfile at its root; is it left out by .gcloudignore or .dockerignore?"},
    {"/Dockerfile: no such file", NULL,
     "the context has no Dockerfile at its root; is it left out by .gcloudignore or .dockerignore?"},
    {"stat /workspace/Dockerfile", NULL,
     "the context has no Dockerfile at its root; is it left out by .gcloudignore or .dockerignore?"},
    {"file not found in build context", NULL,
     "a COPY names a file that was not sent; is it left out by .gcloudignore or .dockerignore?"},
    {"failed to calculate checksum of ref", NULL,
     "a COPY names a file that was not sent; is it left out by .gcloudignore or .dockerignore?"},
    {"no items matching glob", NULL,
     "a COPY names a file that was not sent; is it left out by .gcloudignore or .dockerignore?"},
    {"toomanyrequests", NULL,
     "the registry limits pulls without a login: start from mirror.gcr.io/library/NAME in FROM"},
    {"No space left on device", NULL, "give the build a larger disk: --disk-size=200"},
    {"returned a non-zero code: 137", NULL, "it ran out of memory: --machine-type=e2-highcpu-32"},
    {"did not complete successfully: exit code: 137", NULL, "it ran out of memory: --machine-type=e2-highcpu-32"},
    {"exit status 137", NULL, "it ran out of memory: --machine-type=e2-highcpu-32"},
    {"exec format error", NULL, "the base image is for another processor: FROM --platform=linux/amd64"},
    {"Unable to locate package", NULL,
     "check the package's name, and that the same RUN does apt-get update before apt-get install"},
    {"Temporary failure resolving", NULL, "the build has no network, or its name service failed: run it again"},
    {"Could not resolve host", NULL, "the build has no network, or its name service failed: run it again"},
    {"pull access denied", NULL, "check the image in FROM: it does not exist there, or needs a login"},
    {"manifest unknown", NULL, "check the image in FROM: there is no such tag"},
    {"is not here and cannot be pulled", NULL,
     "check the image in FROM, and that its registry can be reached from here"},
    {"returned a non-zero code: 127", NULL, "the image has no such program: install it, or take another base image"},
    {"exit code: 127", NULL, "the image has no such program: install it, or take another base image"},
    {"exit status 127", NULL, "the image has no such program: install it, or take another base image"},
};

bool gcp_build_hint(const json_t *build, const char *text, size_t n, struct cr_error *err)
{
    CR_AUTO_FREE char *copy = cr_strndup(text, n);
    const struct about about = {build, copy, gcp_text_at(build, "projectId")};

    for (size_t i = 0; i < CR_LEN(known); i++)
        if (strcasestr(copy, known[i].fragment)) {
            if (known[i].how)
                known[i].how(&about, err);
            else
                cr_hint(err, "%s", known[i].hint);
            return true;
        }
    return false;
}

void gcp_build_hint_by_type(const json_t *build, const char *type, struct cr_error *err)
{
    const struct about about = {build, gcp_text_at(json_object_get(build, "failureInfo"), "detail"),
                                gcp_text_at(build, "projectId")};

    if (strcmp(type, "PUSH_NOT_AUTHORIZED") == 0)
        hint_push(&about, err);
    else if (strcmp(type, "PUSH_IMAGE_NOT_FOUND") == 0)
        cr_hint(err, "a step must build and tag each image that 'images' lists");
    else if (strcmp(type, "FETCH_SOURCE_FAILED") == 0)
        hint_fetch(&about, err);
    else if (strcmp(type, "LOGGING_FAILURE") == 0)
        grant(&about, "roles/logging.logWriter", err);
    else if (*gcp_text_at(build, "logUrl"))
        cr_hint(err, "the whole log: %.400s", gcp_text_at(build, "logUrl"));
}
