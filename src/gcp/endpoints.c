#include "gcp/endpoints.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define GCLOUD "CLOUDSDK_API_ENDPOINT_OVERRIDES_"

const struct gcp_endpoint_row gcp_endpoint_rows[GCP_API_COUNT] = {
    [GCP_STORAGE] = {.name = "storage",
                     .address = "https://storage.googleapis.com",
                     .env = "CRDEPLOY_ENDPOINT_STORAGE",
                     .gcloud = GCLOUD "STORAGE",
                     .tail = "/storage/v1"},
    [GCP_BUILD] = {.name = "cloudbuild",
                   .address = "https://cloudbuild.googleapis.com",
                   .env = "CRDEPLOY_ENDPOINT_BUILD",
                   .gcloud = GCLOUD "CLOUDBUILD",
                   .tail = ""},
    [GCP_RUN] = {.name = "run",
                 .address = "https://run.googleapis.com",
                 .env = "CRDEPLOY_ENDPOINT_RUN",
                 .gcloud = GCLOUD "RUN",
                 .tail = ""},
    [GCP_REGISTRY] = {.name = "artifactregistry",
                      .address = "https://artifactregistry.googleapis.com",
                      .env = "CRDEPLOY_ENDPOINT_REGISTRY",
                      .gcloud = GCLOUD "ARTIFACTREGISTRY",
                      .tail = ""},
    [GCP_IAM_CREDENTIALS] = {.name = "iamcredentials",
                             .address = "https://iamcredentials.googleapis.com",
                             .env = "CRDEPLOY_ENDPOINT_IAM_CREDENTIALS",
                             .gcloud = GCLOUD "IAMCREDENTIALS",
                             .tail = ""},
    [GCP_LOGGING] = {.name = "logging",
                     .address = "https://logging.googleapis.com",
                     .env = "CRDEPLOY_ENDPOINT_LOGGING",
                     .gcloud = GCLOUD "LOGGING",
                     .tail = ""},
    [GCP_OAUTH] = {.name = "oauth2",
                   .address = "https://oauth2.googleapis.com",
                   .env = "CRDEPLOY_ENDPOINT_OAUTH",
                   .gcloud = NULL,
                   .tail = ""},
    [GCP_STS] = {.name = "sts",
                 .address = "https://sts.googleapis.com",
                 .env = "CRDEPLOY_ENDPOINT_STS",
                 .gcloud = GCLOUD "STS",
                 .tail = ""},
    [GCP_SERVICE_USAGE] = {.name = "serviceusage",
                           .address = "https://serviceusage.googleapis.com",
                           .env = "CRDEPLOY_ENDPOINT_SERVICE_USAGE",
                           .gcloud = GCLOUD "SERVICEUSAGE",
                           .tail = ""},
    [GCP_RESOURCE_MANAGER] = {.name = "cloudresourcemanager",
                              .address = "https://cloudresourcemanager.googleapis.com",
                              .env = "CRDEPLOY_ENDPOINT_RESOURCE_MANAGER",
                              .gcloud = GCLOUD "CLOUDRESOURCEMANAGER",
                              .tail = ""},
    [GCP_BILLING] = {.name = "cloudbilling",
                     .address = "https://cloudbilling.googleapis.com",
                     .env = "CRDEPLOY_ENDPOINT_BILLING",
                     .gcloud = GCLOUD "CLOUDBILLING",
                     .tail = ""},
    [GCP_IAM] = {.name = "iam",
                 .address = "https://iam.googleapis.com",
                 .env = "CRDEPLOY_ENDPOINT_IAM",
                 .gcloud = GCLOUD "IAM",
                 .tail = ""},
    [GCP_DOCKER] = {.name = "docker",
                    .address = "https://docker.pkg.dev", /* stands for the host in each image's name */
                    .env = "CRDEPLOY_ENDPOINT_DOCKER",
                    .gcloud = NULL,
                    .tail = ""},
    [GCP_DOCKER_HUB] = {.name = "dockerhub",
                        .address = "https://registry-1.docker.io",
                        .env = "CRDEPLOY_ENDPOINT_DOCKER_HUB",
                        .gcloud = NULL,
                        .tail = ""},
    [GCP_ACCOUNTS] = {.name = "accounts",
                      .address = "https://accounts.google.com",
                      .env = "CRDEPLOY_ENDPOINT_ACCOUNTS",
                      .gcloud = NULL,
                      .tail = ""},
};

static size_t trim_slashes(const char *url, size_t n)
{
    while (n && url[n - 1] == '/')
        n--;
    return n;
}

/* An address without the slash at its end and without gcloud's tail. New. */
static char *tidy(const char *url, const char *tail)
{
    size_t n = trim_slashes(url, strlen(url)), t = strlen(tail);

    if (n > t && strncmp(url + n - t, tail, t) == 0)
        n = trim_slashes(url, n - t);
    return cr_strndup(url, n);
}

static int check(const char *url, const char *from, struct cr_error *err)
{
    bool plain = strncasecmp(url, "http://", 7) == 0;
    const char *host = plain ? url + 7 : url + 8;

    if ((!plain && strncasecmp(url, "https://", 8) != 0) || !*host || strpbrk(host, " ?#@\\")) {
        cr_fail(err, CR_E_USAGE, "%s is '%s', which is no http or https address", from, url);
        return cr_hint(err, "such as %s=http://127.0.0.1:8085", from);
    }
    if (plain && !gcp_url_loopback(url)) {
        cr_fail(err, CR_E_USAGE, "%s is '%s', where a token would travel unencrypted", from, url);
        return cr_hint(err, "use https://, or an address of this machine such as http://127.0.0.1:8085");
    }
    return 0;
}

static const char *find(const char *name, gcp_lookup *lookup, void *ud)
{
    const char *value = lookup && name ? lookup(ud, name) : NULL;

    return value && *value ? value : NULL;
}

int gcp_endpoints_set(struct gcp *g, const char *base, gcp_lookup *lookup, void *ud, struct cr_error *err)
{
    char *made[GCP_API_COUNT] = {NULL};
    int rc = 0, i;

    for (i = 0; i < GCP_API_COUNT && rc == 0; i++) {
        const struct gcp_endpoint_row *row = &gcp_endpoint_rows[i];
        const char *url = find(row->env, lookup, ud), *from = row->env;

        if (!url && (url = find(row->gcloud, lookup, ud)))
            from = row->gcloud;
        if (!url && base)
            url = base, from = "the platform's address";
        if (!url)
            url = row->address;
        rc = check(url, from, err);
        made[i] = tidy(url, row->tail);
    }
    for (i = 0; i < GCP_API_COUNT; i++) {
        free(rc == 0 ? g->endpoint[i] : made[i]);
        if (rc == 0)
            g->endpoint[i] = made[i];
    }
    return rc;
}
