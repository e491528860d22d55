#include "gcp/permission.h"

#include <string.h>

#include "base/mem.h"

#define BUILDS "roles/cloudbuild.builds.editor"
#define STORAGE "roles/storage.admin"
#define REPOSITORIES "roles/artifactregistry.admin"
#define RUN "roles/run.developer"

const struct gcp_permission gcp_permissions[] = {
    {"cloudbuild.builds.create", BUILDS, "build", false},
    {"cloudbuild.builds.get", BUILDS, "build", false},
    {"cloudbuild.builds.list", BUILDS, "build", false},
    {"cloudbuild.builds.update", BUILDS, "build", false},
    {"storage.buckets.get", STORAGE, "build", false},
    {"storage.buckets.list", STORAGE, "build", false},
    {"storage.buckets.create", STORAGE, "build", false},
    {"storage.objects.create", STORAGE, "build", false},
    {"storage.objects.get", STORAGE, "build", false},
    {"artifactregistry.repositories.get", REPOSITORIES, "build", false},
    {"artifactregistry.repositories.create", REPOSITORIES, "build", true},
    {"artifactregistry.tags.get", "roles/artifactregistry.reader", "build", false},
    {"serviceusage.services.use", "roles/serviceusage.serviceUsageConsumer", "build", false},
    {"run.services.create", RUN, "deploy", false},
    {"run.services.get", RUN, "deploy", false},
    {"run.services.list", RUN, "deploy", false},
    {"run.services.update", RUN, "deploy", false},
    {"run.operations.get", RUN, "deploy", false},
    {"run.services.getIamPolicy", "roles/run.admin", "deploy --allow-unauthenticated", true},
    {"run.services.setIamPolicy", "roles/run.admin", "deploy --allow-unauthenticated", true},
    {"run.routes.invoke", "roles/run.invoker", "predict", true},
    {"logging.logEntries.list", "roles/logging.viewer", "logs", true},
    {"serviceusage.services.enable", "roles/serviceusage.serviceUsageAdmin", "doctor --fix", true},
    {0},
};
const size_t gcp_permission_count = CR_LEN(gcp_permissions) - 1;

const struct gcp_permission *gcp_permission_find(const char *name)
{
    for (const struct gcp_permission *p = gcp_permissions; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

const struct gcp_needed_service gcp_needed_services[] = {
    {"run.googleapis.com", "to deploy", false},
    {"cloudbuild.googleapis.com", "to build", false},
    {"artifactregistry.googleapis.com", "to keep images", false},
    {"storage.googleapis.com", "to upload what is built", false},
    {"logging.googleapis.com", "to read logs", false},
    {"iamcredentials.googleapis.com", "to impersonate a service account", true},
    {0},
};

bool gcp_service_is_needed(const char *name)
{
    for (const struct gcp_needed_service *s = gcp_needed_services; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return true;
    return false;
}
