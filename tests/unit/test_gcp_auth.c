#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "gcp/auth_json.h"

static int token(struct gcp_auth *auth, bool fresh, const char **text, struct cr_error *err)
{
    return auth->token(auth, fresh, text, err);
}

TEST(given_tokens)
{
    static const struct {
        const char *access, *want; /* want NULL: refused */
    } rows[] = {
        {"ya29.abc", "ya29.abc"},
        {"  ya29.abc\r\n", "ya29.abc"},
        {NULL, NULL},
        {"", NULL},
        {" \n", NULL},
        {"two words", NULL},
        {"a\r\nX: y", NULL},
        {"caf\xc3\xa9", NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct gcp_auth *auth = gcp_auth_fixed(rows[i].access, NULL);
        struct cr_error err = {0};
        const char *text = "unset";

        assert_int_equal(token(auth, false, &text, &err) == 0, rows[i].want != NULL);
        assert_string_equal(text, rows[i].want ? rows[i].want : "unset");
        if (!rows[i].want) {
            assert_int_equal(err.code, CR_E_AUTH);
            assert_true(*err.hint);
            assert_null(strstr(err.msg, "two words")); /* not even a broken token is shown */
        }
        gcp_auth_free(auth);
    }
}

TEST(no_token_says_how_to_get_one)
{
    struct gcp_auth *auth = gcp_auth_fixed(NULL, NULL);
    struct cr_error err = {0};
    const char *text;

    assert_int_equal(token(auth, false, &text, &err), -1);
    assert_non_null(strstr(err.hint, "crdeploy auth login"));
    assert_non_null(strstr(err.hint, "CRDEPLOY_ACCESS_TOKEN"));
    assert_non_null(strstr(err.hint, "--platform local"));
    gcp_auth_free(auth);
}

TEST(a_given_token_cannot_be_renewed)
{
    struct gcp_auth *auth = gcp_auth_fixed("a", NULL);
    struct cr_error err = {0};
    const char *text;

    assert_int_equal(token(auth, true, &text, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_string_equal(err.msg, "the access token was refused");
    gcp_auth_free(auth);
}

static void write_file(const char *path, const char *text)
{
    struct cr_error err = {0};

    assert_ok(cr_file_write(path, text, strlen(text), 0600, &err), &err);
}

TEST(a_file_is_read_again_when_refused)
{
    char path[] = "test_gcp_auth_XXXXXX";
    int fd = mkstemp(path);
    struct gcp_auth *auth = gcp_auth_file(path, NULL);
    struct cr_error err = {0};
    const char *text = NULL;

    close(fd);
    assert_int_equal(token(auth, false, &text, &err), -1); /* empty */
    assert_non_null(strstr(err.msg, "is empty"));
    write_file(path, "one\n");
    assert_ok(token(auth, false, &text, &err), &err);
    assert_string_equal(text, "one");
    write_file(path, "two\n");
    assert_ok(token(auth, false, &text, &err), &err);
    assert_string_equal(text, "one"); /* not before it is refused */
    assert_ok(token(auth, true, &text, &err), &err);
    assert_string_equal(text, "two");
    assert_int_equal(token(auth, true, &text, &err), -1); /* the same again will not do */
    assert_int_equal(err.code, CR_E_AUTH);
    unlink(path);
    assert_int_equal(token(auth, true, &text, &err), -1);
    assert_int_equal(err.code, CR_E_IO);
    gcp_auth_free(auth);
}

TEST(identity_tokens)
{
    struct gcp_auth *with = gcp_auth_fixed(NULL, "ey.a.b"), *without = gcp_auth_fixed("x", NULL);
    struct cr_error err = {0};
    const char *text = NULL;

    assert_ok(with->identity(with, "https://s", &text, &err), &err);
    assert_string_equal(text, "ey.a.b");
    assert_int_equal(without->identity(without, "https://s", &text, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_non_null(strstr(err.msg, "https://s"));
    assert_non_null(strstr(err.hint, "gcloud auth print-identity-token"));
    gcp_auth_free(with);
    gcp_auth_free(without);
    gcp_auth_free(NULL);
}

#define META "http://127.0.0.1:9/computeMetadata/v1/instance/service-accounts/default/"
#define FLAVOR "Metadata-Flavor: Google"

TEST(metadata_server)
{
    static const struct fake_step steps[] = {
        {"GET", META "token", .status = 503, .body = NULL, .head = FLAVOR},
        {"GET", META "token", .status = 200, .body = "{\"access_token\":\"t1\",\"expires_in\":3600}", .head = FLAVOR,
         .want_head = FLAVOR},
        {"GET", META "token", .status = 200, .body = "{\"access_token\":\"t2\",\"expires_in\":3600}", .head = FLAVOR},
        {"GET", META "token", .status = 200, .body = "{\"access_token\":\"t3\",\"expires_in\":3600}", .head = FLAVOR},
        {"GET", META "identity?audience=https%3A%2F%2Fs&format=full", .status = 200, .body = "ey.x.y", .head = FLAVOR},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth;
    const char *text = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    auth = gcp_auth_metadata(&f.vtable, "http://127.0.0.1:9");
    assert_ok(token(auth, false, &text, &err), &err);
    assert_string_equal(text, "t1");
    assert_ok(token(auth, false, &text, &err), &err); /* kept */
    assert_ok(token(auth, true, &text, &err), &err);
    assert_string_equal(text, "t2");
    f.vtable.sleep_ms(&f.vtable, 3301 * 1000); /* less than five minutes left */
    assert_ok(token(auth, false, &text, &err), &err);
    assert_string_equal(text, "t3");
    assert_ok(auth->identity(auth, "https://s", &text, &err), &err);
    assert_string_equal(text, "ey.x.y");
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(metadata_server_that_is_none)
{
    static const struct fake_step rows[][1] = {
        {{.status = 200, .body = "{\"access_token\":\"t\",\"expires_in\":1}"}}, /* without the flavour */
        {{.status = 404, .head = FLAVOR}},
        {{.status = 200, .body = "{}", .head = FLAVOR}},
        {{.status = 200, .body = "<html>", .head = FLAVOR}},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct gcp_auth *auth;
        const char *text = NULL;
        struct fake_http f;

        FAKE_HTTP(&f, rows[i]);
        auth = gcp_auth_metadata(&f.vtable, "http://127.0.0.1:9");
        assert_int_equal(token(auth, false, &text, &err), -1);
        assert_int_equal(err.code, CR_E_AUTH);
        gcp_auth_free(auth);
        fake_http_end(&f);
    }
}

TEST(a_busy_metadata_server_is_asked_five_times)
{
    static const struct fake_step steps[] = {
        {.fault = GCP_FAULT_TIMEOUT},    {.status = 429, .head = FLAVOR}, {.status = 500, .head = FLAVOR},
        {.status = 503, .head = FLAVOR}, {.status = 503, .head = FLAVOR},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth;
    const char *text = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    auth = gcp_auth_metadata(&f.vtable, "http://metadata.google.internal");
    assert_int_equal(token(auth, false, &text, &err), -1);
    assert_non_null(strstr(err.msg, "HTTP 503"));
    assert_int_equal(f.slept_ms, 15000);
    gcp_auth_free(auth);
    fake_http_end(&f);
}

/* header.{"exp":1767326645}.x */
#define ID_TOKEN "e30.eyJleHAiOjE3NjczMjY2NDV9.x"

TEST(the_metadata_servers_identity_token_is_kept_for_its_audience)
{
    static const struct fake_step steps[] = {
        {"GET", META "identity?audience=a&format=full", .status = 200, .body = ID_TOKEN, .head = FLAVOR},
        {"GET", META "identity?audience=b&format=full", .status = 200, .body = ID_TOKEN "2", .head = FLAVOR},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth;
    const char *text = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    auth = gcp_auth_metadata(&f.vtable, "http://127.0.0.1:9");
    for (int i = 0; i < 2; i++) {
        assert_ok(auth->identity(auth, "a", &text, &err), &err);
        assert_string_equal(text, ID_TOKEN);
    }
    assert_ok(auth->identity(auth, "b", &text, &err), &err);
    assert_string_equal(text, ID_TOKEN "2");
    gcp_auth_free(auth);
    fake_http_end(&f);
}

/* An environment of "NAME=VALUE" lines. */
static const char *from_lines(void *ud, const char *name)
{
    for (const char *const *line = ud; *line; line++)
        if (strncmp(*line, name, strlen(name)) == 0 && (*line)[strlen(name)] == '=')
            return *line + strlen(name) + 1;
    return NULL;
}

TEST(whether_there_is_a_metadata_server)
{
    static const struct {
        const char *env[3];
        const char *dmi; /* content of the firmware's name, or NULL */
        struct fake_step step[3];
        int n;
        bool present, known;
    } rows[] = {
        {{"GCE_METADATA_HOST=h", "NO_GCE_CHECK=true"}, NULL, {{0}}, 0, true, true},
        {{"GCE_METADATA_ROOT=h"}, NULL, {{0}}, 0, true, true},
        {{"NO_GCE_CHECK=true", "K_SERVICE=s"}, "Google", {{0}}, 0, false, false},
        {{"NO_GCE_CHECK=True"}, NULL, {{0}}, 0, false, false},
        {{"K_SERVICE=s"}, NULL, {{0}}, 0, true, true},
        {{"CLOUD_RUN_JOB=j"}, NULL, {{0}}, 0, true, true},
        {{NULL}, "Google Compute Engine\n", {{0}}, 0, true, true},
        {{NULL},
         "Standard PC\n",
         {{"GET", "http://169.254.169.254", .status = 200, .head = FLAVOR, .want_head = FLAVOR}},
         1,
         true,
         false},
        {{"GCE_METADATA_IP=127.0.0.1:9"},
         NULL,
         {{"GET", "http://127.0.0.1:9", .status = 200, .head = FLAVOR}},
         1,
         true,
         false},
        {{NULL}, NULL, {{.status = 200, .body = "a router's page"}}, 1, false, false},
        {{NULL}, NULL, {{.fault = GCP_FAULT_NOT_SENT}}, 1, false, false},
        {{NULL}, NULL, {{.fault = GCP_FAULT_TIMEOUT}, {.status = 200, .head = FLAVOR}}, 2, true, false},
        {{NULL},
         NULL,
         {{.fault = GCP_FAULT_TIMEOUT}, {.fault = GCP_FAULT_TIMEOUT}, {.fault = GCP_FAULT_TIMEOUT}},
         3,
         false,
         false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char path[] = "test_gcp_auth_dmi_XXXXXX";
        struct gcp_auth_env env;
        struct fake_http f;
        int fd = mkstemp(path);

        close(fd);
        if (rows[i].dmi)
            write_file(path, rows[i].dmi);
        fake_http_init(&f, rows[i].step, (size_t)rows[i].n);
        env = (struct gcp_auth_env){.http = &f.vtable, .getenv = from_lines, .ud = (void *)(uintptr_t)rows[i].env};
        if (gcp_metadata_present(&env, path) != rows[i].present || gcp_metadata_known(&env, path) != rows[i].known)
            fail_msg("row %zu", i);
        fake_http_end(&f);
        unlink(path);
    }
}

TEST(metadata_values_and_where_they_are)
{
    static const struct fake_step steps[] = {
        {"GET", "http://127.0.0.1:9/computeMetadata/v1/project/project-id", .status = 200, .body = "p1\n",
         .head = FLAVOR},
        {.status = 404, .head = FLAVOR},
    };
    const char *const lines[] = {"GCE_METADATA_ROOT=127.0.0.1:9", NULL};
    const struct gcp_auth_env with = {.getenv = from_lines, .ud = (void *)(uintptr_t)lines}, without = {0};
    char *base = gcp_metadata_base(&without), *value = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    assert_string_equal(base, "http://metadata.google.internal");
    free(base);
    base = gcp_metadata_base(&with);
    assert_string_equal(base, "http://127.0.0.1:9");
    FAKE_HTTP(&f, steps);
    assert_ok(gcp_metadata_get(&f.vtable, base, "project/project-id", &value, &err), &err);
    assert_string_equal(value, "p1");
    free(value);
    value = NULL;
    assert_int_equal(gcp_metadata_get(&f.vtable, base, "instance/region", &value, &err), -1);
    assert_null(value);
    free(base);
    fake_http_end(&f);
}

TEST(a_known_identity_token_lies_over_any_source)
{
    struct gcp_auth *auth = gcp_auth_with_identity(gcp_auth_fixed("access", NULL), "ey.a.b\n");
    struct cr_error err = {0};
    const char *text = NULL;

    assert_ok(token(auth, false, &text, &err), &err);
    assert_string_equal(text, "access");
    assert_int_equal(auth->expires_ms, 0);
    assert_ok(auth->identity(auth, "https://s", &text, &err), &err);
    assert_string_equal(text, "ey.a.b");
    assert_int_equal(token(auth, true, &text, &err), -1);
    gcp_auth_free(auth);
}

TEST_MAIN(cmocka_unit_test(a_busy_metadata_server_is_asked_five_times),
          cmocka_unit_test(the_metadata_servers_identity_token_is_kept_for_its_audience),
          cmocka_unit_test(whether_there_is_a_metadata_server), cmocka_unit_test(metadata_values_and_where_they_are),
          cmocka_unit_test(a_known_identity_token_lies_over_any_source), cmocka_unit_test(given_tokens),
          cmocka_unit_test(no_token_says_how_to_get_one), cmocka_unit_test(a_given_token_cannot_be_renewed),
          cmocka_unit_test(a_file_is_read_again_when_refused), cmocka_unit_test(identity_tokens),
          cmocka_unit_test(metadata_server), cmocka_unit_test(metadata_server_that_is_none))
