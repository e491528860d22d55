#include "lib/test.h"

#include "lib/fake_http.h"

#include "gcp/endpoints.h"
#include "gcp/registry_image.h"

#define IMAGE_DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CONFIG "{\"os\":\"linux\",\"config\":{\"Labels\":{\"a\":\"b\"}}}"
#define CONFIG_DIGEST "sha256:0e9ba60a868cb42af364e076b0b52c4e9e48e287f740a465a90bfd7461567847"
#define AT "https://us-docker.pkg.dev/v2/p/r/a/b"
#define MIRROR "https://docker.test/v2/p/r/a/b"
#define MANIFEST "{\"config\":{\"digest\":\"" CONFIG_DIGEST "\"}}"
#define INDEX(os, arch)                                                   \
    "{\"manifests\":[{\"digest\":\"" CONFIG_DIGEST                        \
    "\",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}}," \
    "{\"digest\":\"" IMAGE_DIGEST "\",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}}]}"
#define TOKEN "Authorization: Bearer token-0"
#define OCI                                                                                         \
    "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, " \
    "application/vnd.docker.distribution.manifest.v2+json, "                                        \
    "application/vnd.docker.distribution.manifest.list.v2+json"

/* As in the program: the endpoint is the marker that stands for the image's own host. */
static void at_own_host(struct fake_http *f)
{
    free(f->gcp.endpoint[GCP_DOCKER]);
    f->gcp.endpoint[GCP_DOCKER] = cr_strdup(gcp_endpoint_rows[GCP_DOCKER].address);
}

struct row {
    const char *ref;
    struct fake_step steps[4];
    size_t n;
    enum cr_code code;
    bool there;
};

static const struct row rows[] = {
    /* by tag, by digest, by nothing; the blob from the registry itself */
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST, .want_head = OCI},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 200, .body = CONFIG, .want_head = TOKEN}},
     2,
     CR_OK,
     true},
    {"us-docker.pkg.dev/p/r/a/b:t@" IMAGE_DIGEST,
     {{"GET", AT "/manifests/" IMAGE_DIGEST, .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 200, .body = CONFIG}},
     2,
     CR_OK,
     true},
    {"gcr.io/p/n",
     {{"GET", "https://gcr.io/v2/p/n/manifests/latest", .status = 200, .body = MANIFEST},
      {"GET", "https://gcr.io/v2/p/n/blobs/" CONFIG_DIGEST, .status = 200, .body = CONFIG}},
     2,
     CR_OK,
     true},
    /* an index */
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = INDEX("linux", "amd64")},
      {"GET", AT "/manifests/" IMAGE_DIGEST, .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 200, .body = CONFIG}},
     3,
     CR_OK,
     true},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = INDEX("linux", "arm64")}},
     1,
     CR_E_API,
     false},
    /* redirects: as Artifact Registry has them, and to another host */
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 302, .head = "Location: /artifacts-downloads/x?y"},
      {"GET", "https://us-docker.pkg.dev/artifacts-downloads/x?y", .status = 200, .body = CONFIG}},
     3,
     CR_OK,
     true},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 307, .head = "Location: https://cdn.example/x"},
      {"GET", "https://cdn.example/x", .status = 200, .body = CONFIG}},
     3,
     CR_OK,
     true},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 302, .head = "Location: http://cdn.example/x"}},
     2,
     CR_E_API,
     false},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 302, .head = "Location: //cdn.example/x"}},
     2,
     CR_E_API,
     false},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST}, {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 302}},
     2,
     CR_E_API,
     false},
    /* what came is not what was named */
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST},
      {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 302, .head = "Location: https://cdn.example/x"},
      {"GET", "https://cdn.example/x", .status = 200, .body = "{\"config\":{\"Labels\":{\"a\":\"forged\"}}}"}},
     3,
     CR_E_API,
     false},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = "{\"config\":{\"digest\":\"x\"}}"}},
     1,
     CR_E_API,
     false},
    {"us-docker.pkg.dev/p/r/a/b:t", {{"GET", AT "/manifests/t", .status = 200, .body = "no JSON"}}, 1, CR_E_API, false},
    {"us-docker.pkg.dev/p/r/a/b:t", {{"GET", AT "/manifests/t", .status = 200, .body = "[]"}}, 1, CR_E_API, false},
    /* missing, and forbidden */
    {"us-docker.pkg.dev/p/r/a/b:t", {{"GET", AT "/manifests/t", .status = 404}}, 1, CR_OK, false},
    {"us-docker.pkg.dev/p/r/a/b:t",
     {{"GET", AT "/manifests/t", .status = 200, .body = MANIFEST}, {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 404}},
     2,
     CR_E_API,
     false},
    {"us-docker.pkg.dev/p/r/a/b:t", {{"GET", AT "/manifests/t", .status = 403}}, 1, CR_E_AUTH, false},
};

TEST(the_configuration_of_an_image_is_read_from_its_own_host)
{
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO_IMAGE struct gcp_image image = {0};
        json_t *config = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        at_own_host(&f);
        assert_ok(gcp_image_parse(rows[i].ref, &image, &err), &err);
        if ((gcp_image_config(&f.gcp, &image, &config, &err) == 0) != (rows[i].code == CR_OK) ||
            err.code != rows[i].code || (config != NULL) != rows[i].there)
            fail_msg("row %zu: %s", i, err.msg);
        if (config)
            assert_string_equal(json_string_value(json_object_get(gcp_image_labels(config), "a")), "b");
        json_decref(config);
        fake_http_end(&f);
    }
    assert_null(gcp_image_labels(NULL));
}

/* Nor to the same host: what a redirect leads to is signed. */
TEST(where_a_redirect_leads_no_token_is_sent)
{
    static const char *const to[] = {"Location: https://cdn.example/x", "Location: /x"};

    for (size_t i = 0; i < CR_LEN(to); i++) {
        const struct fake_step steps[] = {
            {"GET", AT "/manifests/t", .status = 200, .body = MANIFEST, .want_head = TOKEN},
            {"GET", AT "/blobs/" CONFIG_DIGEST, .status = 302, .head = to[i]},
            {"GET", NULL, .status = 200, .body = CONFIG}};
        GCP_AUTO_IMAGE struct gcp_image image = {0};
        json_auto_t *config = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        FAKE_HTTP(&f, steps);
        at_own_host(&f);
        assert_ok(gcp_image_parse("us-docker.pkg.dev/p/r/a/b:t", &image, &err), &err);
        assert_ok(gcp_image_config(&f.gcp, &image, &config, &err), &err);
        assert_false(fake_http_sent_header(&f, 2, TOKEN));
        fake_http_end(&f);
    }
}

TEST(an_overridden_endpoint_is_told_the_host)
{
    static const struct fake_step steps[] = {
        {"GET", MIRROR "/manifests/t?ns=us-docker.pkg.dev", .status = 200, .body = MANIFEST},
        {"GET", MIRROR "/blobs/" CONFIG_DIGEST "?ns=us-docker.pkg.dev", .status = 200, .body = CONFIG}};
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    json_auto_t *config = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_image_parse("us-docker.pkg.dev/p/r/a/b:t", &image, &err), &err);
    assert_ok(gcp_image_config(&f.gcp, &image, &config, &err), &err);
    assert_non_null(config);
    fake_http_end(&f);
}

TEST(redirects_come_to_an_end)
{
    static const struct fake_step steps[] = {{"GET", AT "/manifests/t", .status = 302, .head = "Location: /1"},
                                             {"GET", NULL, .status = 302, .head = "Location: /2"},
                                             {"GET", NULL, .status = 302, .head = "Location: /3"},
                                             {"GET", NULL, .status = 302, .head = "Location: /4"}};
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    json_auto_t *config = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    at_own_host(&f);
    assert_ok(gcp_image_parse("us-docker.pkg.dev/p/r/a/b:t", &image, &err), &err);
    assert_int_equal(gcp_image_config(&f.gcp, &image, &config, &err), -1);
    assert_int_equal(err.code, CR_E_API);
    fake_http_end(&f);
}

TEST_MAIN(cmocka_unit_test(the_configuration_of_an_image_is_read_from_its_own_host),
          cmocka_unit_test(where_a_redirect_leads_no_token_is_sent),
          cmocka_unit_test(an_overridden_endpoint_is_told_the_host), cmocka_unit_test(redirects_come_to_an_end))
