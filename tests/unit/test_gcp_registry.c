#include "lib/test.h"

#include "lib/fake_http.h"

#include "gcp/registry.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REPO "https://registry.test/v1/projects/p/locations/l/repositories/r"
#define CREATE "https://registry.test/v1/projects/p/locations/l/repositories?repositoryId=r"
#define OP "projects/p/locations/l/operations/o"

static void same(const char *got, const char *want)
{
    if (want)
        assert_string_equal(got, want);
    else
        assert_null(got);
}

TEST(image_references)
{
    static const struct {
        const char *ref;
        struct gcp_image want; /* host NULL: refused */
    } rows[] = {
        {"us-central1-docker.pkg.dev/p/r/n:t",
         {(char *)"us-central1-docker.pkg.dev", (char *)"p", (char *)"r", (char *)"n", (char *)"t", NULL,
          (char *)"us-central1"}},
        {"europe-docker.pkg.dev/example.com/p/r/a/b",
         {(char *)"europe-docker.pkg.dev", (char *)"example.com/p", (char *)"r", (char *)"a/b", NULL, NULL,
          (char *)"europe"}},
        {"us-docker.pkg.dev/p/r/n:t@" DIGEST,
         {(char *)"us-docker.pkg.dev", (char *)"p", (char *)"r", (char *)"n", (char *)"t", (char *)DIGEST,
          (char *)"us"}},
        {"eu.gcr.io/p/n",
         {(char *)"eu.gcr.io", (char *)"p", (char *)"eu.gcr.io", (char *)"n", NULL, NULL, (char *)"europe"}},
        {"gcr.io/p/a/b:t",
         {(char *)"gcr.io", (char *)"p", (char *)"gcr.io", (char *)"a/b", (char *)"t", NULL, (char *)"us"}},
        {"nginx", {0}},
        {"docker.io/library/nginx", {0}},
        {"localhost:5000/a/b", {0}},
        {"-docker.pkg.dev/p/r/n", {0}},
        {"evil.example?-docker.pkg.dev/p/r/n", {0}},
        {"evil.example#x-docker.pkg.dev/p/r/n", {0}},
        {"evil.example-docker.pkg.dev/p/r/n", {0}},
        {"us-docker.pkg.dev/p/r", {0}},
        {"us-docker.pkg.dev/p", {0}},
        {"us-docker.pkg.dev/", {0}},
        {"us-docker.pkg.dev/p//n", {0}},
        {"us-docker.pkg.dev/P/r/n", {0}},
        {"us-docker.pkg.dev/p/r/n:", {0}},
        {"us-docker.pkg.dev/p/r/n:-x", {0}},
        {"us-docker.pkg.dev/p/r/n@sha256:12", {0}},
        {"us-docker.pkg.dev/p/r/n/", {0}},
        {"", {0}},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO_IMAGE struct gcp_image got = {0};
        const struct gcp_image *want = &rows[i].want;
        struct cr_error err = {0};

        if ((gcp_image_parse(rows[i].ref, &got, &err) == 0) != (want->host != NULL))
            fail_msg("'%s': %s", rows[i].ref, err.msg);
        same(got.host, want->host);
        same(got.project, want->project);
        same(got.repository, want->repository);
        same(got.package, want->package);
        same(got.tag, want->tag);
        same(got.digest, want->digest);
        same(got.location, want->location);
        assert_int_equal(err.code, want->host ? CR_OK : CR_E_CONFIG);
    }
}

TEST(ensures_a_repository)
{
    static const struct {
        struct fake_step steps[4];
        size_t n;
        enum cr_code code;
        bool made;
    } rows[] = {
        {{{"GET", REPO, .status = 200, .body = "{\"format\":\"DOCKER\"}"}}, 1, CR_OK, false},
        {{{"GET", REPO, .status = 200, .body = "{\"format\":\"MAVEN\"}"}}, 1, CR_E_CONFIG, false},
        {{{"GET", REPO, .status = 404},
          {"POST", CREATE, .status = 200, .body = "{\"name\":\"" OP "\"}", .want_body = "\"format\":\"DOCKER\""},
          {"GET", "https://registry.test/v1/" OP, .status = 200, .body = "{\"name\":\"" OP "\",\"done\":true}"}},
         3,
         CR_OK,
         true},
        {{{"GET", REPO, .status = 404},
          {"POST", CREATE, .status = 200, .body = "{\"name\":\"" OP "\",\"done\":true,\"response\":{}}"}},
         2,
         CR_OK,
         true},
        {{{"GET", REPO, .status = 404}, {"POST", CREATE, .status = 409}}, 2, CR_OK, false},
        {{{"GET", REPO, .status = 404}, {"POST", CREATE, .status = 503}, {"POST", CREATE, .status = 409}},
         3,
         CR_OK,
         false},
        {{{"GET", REPO, .status = 404}, {"POST", CREATE, .status = 403}}, 2, CR_E_AUTH, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        bool made = false;
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        if ((gcp_registry_ensure(&f.gcp, "p", "l", "r", &made, &err) == 0) != (rows[i].code == CR_OK) ||
            err.code != rows[i].code || made != rows[i].made)
            fail_msg("row %zu: %s", i, err.msg);
        fake_http_end(&f);
    }
}

TEST(digest_of_a_tag)
{
    static const struct {
        int status;
        const char *body, *digest;
        bool ok;
    } rows[] = {
        {200, "{\"version\":\"projects/p/locations/l/repositories/r/packages/a%2Fb/versions/" DIGEST "\"}", DIGEST,
         true},
        {404, "{}", NULL, true},
        {200, "{\"version\":\"projects/p/versions/latest\"}", NULL, false},
        {200, "{}", NULL, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {{"GET",
                                           "https://registry.test/v1/projects/p/locations/us/repositories/r/packages/"
                                           "a%2Fb/tags/t",
                                           rows[i].status, .body = rows[i].body}};
        GCP_AUTO_IMAGE struct gcp_image image = {0};
        struct cr_error err = {0};
        char *digest = NULL;
        struct fake_http f;

        FAKE_HTTP(&f, steps);
        assert_ok(gcp_image_parse("us-docker.pkg.dev/p/r/a/b:t", &image, &err), &err);
        assert_int_equal(gcp_registry_digest(&f.gcp, &image, &digest, &err) == 0, rows[i].ok);
        same(digest, rows[i].digest);
        free(digest);
        fake_http_end(&f);
    }
}

TEST_MAIN(cmocka_unit_test(image_references), cmocka_unit_test(ensures_a_repository), cmocka_unit_test(digest_of_a_tag))
