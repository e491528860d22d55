#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>

#include "base/hash.h"
#include "gcp/hub.h"

#define IMAGE "docker.io/library/debian:trixie-slim"
#define MANIFEST "https://dockerhub.test/v2/library/debian/manifests/trixie-slim"
#define TOKEN "https://auth.test/token?service=registry.test&scope=repository%3Alibrary%2Fdebian%3Apull"
#define CHALLENGE                                                                           \
    "WWW-Authenticate: Bearer realm=\"https://auth.test/token\",service=\"registry.test\"," \
    "scope=\"repository:library/debian:pull\""
#define INDEX "{\"schemaVersion\":2,\"manifests\":[]}"
#define OTHER "Docker-Content-Digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void index_digest(char digest[GCP_HUB_DIGEST])
{
    char hex[CR_SHA256_HEX];

    cr_sha256(INDEX, strlen(INDEX), hex);
    snprintf(digest, GCP_HUB_DIGEST, "sha256:%s", hex);
}

TEST(a_tag_is_resolved_with_a_token_for_anybody)
{
    char want[GCP_HUB_DIGEST], got[GCP_HUB_DIGEST], head[128];
    struct cr_error err = {0};
    struct fake_http f;

    index_digest(want);
    snprintf(head, sizeof(head), "Docker-Content-Digest: %s", want);
    {
        const struct fake_step steps[] = {
            {"GET", MANIFEST, 401, .body = "{}", .head = CHALLENGE,
             .want_head = "Accept: application/vnd.oci.image.index.v1+json, "
                          "application/vnd.docker.distribution.manifest.list.v2+json, "
                          "application/vnd.oci.image.manifest.v1+json, "
                          "application/vnd.docker.distribution.manifest.v2+json"},
            {"GET", TOKEN, 200, .body = "{\"token\":\"anonymous\"}"},
            {"GET", MANIFEST, 200, .body = INDEX, .head = head, .want_head = "Authorization: Bearer anonymous"}};

        FAKE_HTTP(&f, steps);
        assert_ok(gcp_hub_digest(f.gcp.http, f.gcp.endpoint[GCP_DOCKER_HUB], IMAGE, got, &err), &err);
        assert_string_equal(got, want);
        assert_false(fake_http_sent_header(&f, 0, "Authorization: Bearer token-0")); /* the user's own stays here */
        fake_http_end(&f);
    }
}

TEST(a_registry_that_cannot_be_believed_or_reached_is_an_error)
{
    static const struct {
        struct fake_step step[3];
        int steps;
        enum cr_code code;
        const char *want;
    } rows[] = {
        {{{"GET", MANIFEST, 200, .body = INDEX, .head = OTHER}}, 1, CR_E_API, "the registry says that '" IMAGE "' is"},
        {{{"GET", MANIFEST, 200, .body = "<html>"}}, 1, CR_E_API, "is not a valid manifest"},
        {{{"GET", MANIFEST, 404, .body = "{}"}}, 1, CR_E_API, "HTTP 404 for '" IMAGE "'"},
        {{{"GET", MANIFEST, 429, .body = "{}"}}, 1, CR_E_NET, "too many requests"},
        {{{"GET", MANIFEST, 503, .body = "{}"}}, 1, CR_E_NET, "HTTP 503"},
        {{{"GET", MANIFEST, 307, .head = "Location: https://elsewhere.test/"}}, 1, CR_E_API, "HTTP 307"},
        {{{"GET", MANIFEST, 0, .fault = GCP_FAULT_NOT_SENT}}, 1, CR_E_NET, ""},
        {{{"GET", MANIFEST, 401, .body = "{}"}}, 1, CR_E_API, "HTTP 401"},
        {{{"GET", MANIFEST, 401, .head = "WWW-Authenticate: Basic realm=\"x\""}}, 1, CR_E_API, "HTTP 401"},
        {{{"GET", MANIFEST, 401, .head = "WWW-Authenticate: Bearer realm=\"http://auth.test/token\""}},
         1,
         CR_E_API,
         "which is not https"},
        {{{"GET", MANIFEST, 401, .head = CHALLENGE}, {"GET", TOKEN, 200, .body = "{}"}}, 2, CR_E_API, "gives no token"},
        {{{"GET", MANIFEST, 401, .head = CHALLENGE}, {"GET", TOKEN, 500, .body = "{}"}}, 2, CR_E_NET, "HTTP 500"},
        {{{"GET", MANIFEST, 401, .head = CHALLENGE},
          {"GET", TOKEN, 200, .body = "{\"access_token\":\"a\"}"},
          {"GET", MANIFEST, 401, .head = CHALLENGE}},
         3,
         CR_E_API,
         "HTTP 401"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char digest[GCP_HUB_DIGEST];
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].step, (size_t)rows[i].steps);
        assert_int_equal(gcp_hub_digest(f.gcp.http, f.gcp.endpoint[GCP_DOCKER_HUB], IMAGE, digest, &err), -1);
        if (err.code != rows[i].code || !strstr(err.msg, rows[i].want))
            fail_msg("row %zu: %s", i, err.msg);
        assert_int_equal(f.sleeps, 0); /* a caller goes on without: nothing is waited for */
        fake_http_end(&f);
    }
}

TEST(what_is_not_on_the_hub_is_not_asked_for)
{
    static const char *const names[] = {"debian:trixie-slim", "quay.io/library/debian:x", "docker.io/library/debian",
                                        "docker.io:5000/debian"};

    for (size_t i = 0; i < CR_LEN(names); i++) {
        char digest[GCP_HUB_DIGEST];
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, NULL, 0);
        assert_int_equal(gcp_hub_digest(f.gcp.http, f.gcp.endpoint[GCP_DOCKER_HUB], names[i], digest, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        fake_http_end(&f);
    }
}

TEST_MAIN(cmocka_unit_test(a_tag_is_resolved_with_a_token_for_anybody),
          cmocka_unit_test(a_registry_that_cannot_be_believed_or_reached_is_an_error),
          cmocka_unit_test(what_is_not_on_the_hub_is_not_asked_for))
