#include "lib/test.h"

#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/secret.h"

/* In pieces, so that nobody takes this file for a key. */
#define PEM                                 \
    "-----BEGIN "                           \
    "RSA PRIVATE KEY-----\nMIIE\n-----END " \
    "RSA PRIVATE KEY-----\n"

TEST(secrets_are_known_by_name_or_by_content)
{
    static const struct {
        const char *path, *bytes;
        bool secret;
    } rows[] = {
        {".env", "A=1\n", true},
        {"d/.env", "A=1\n", true},
        {".env.production", "A=1\n", true},
        {".envrc", "export A=1\n", true},
        {".env", "", false},
        {".env.example", "A=\n", false},
        {"d/.env.sample", "A=\n", false},
        {"environment", "A=1\n", false},
        {"key.json", "{\"type\": \"service_account\", \"private_key\" : \"-----BEGIN", true},
        {"key.json", "{\"private_key\": \"\"}", false},
        {"key.json", "{\"private_key\": null}", false},
        {"key.json", "{\"private_key_id\": \"1\"}", false},
        {"adc.json", "{\"client_secret\": \"s\", \"refresh_token\": \"t\"}", true},
        {"application_default_credentials.json", "{}", true},
        {"tokenizer.json", "{\"model\": {\"vocab\": {\"refresh\": 1}}}", false},
        {"id_rsa", "x", true},
        {".ssh/id_ed25519", "x", true},
        {"id_rsa.pub", "ssh-rsa AAAA", false},
        {"tls/server.key", "comment\n" PEM, true},
        {"tls/server.pem", PEM, true},
        {"tls/ca.pem", "-----BEGIN CERTIFICATE-----\n", false},
        {"anything", PEM, true},
        {"README", "a key starts so:\n" PEM, false},
        {"test.c", "\"" PEM "\"", false},
        {".aws/credentials", "[default]\n", true},
        {"credentials", "aws_secret_access_key = x\n", true},
        {"credentials", "a page about them\n", false},
        {".netrc", "machine h login u password p\n", true},
        {".git-credentials", "https://u:p@h\n", true},
        {".npmrc", "//registry/:_authToken=x\n", true},
        {".npmrc", "save-exact=true\n", false},
        {".docker/config.json", "{\"auths\": {\"h\": {\"auth\": \"eA==\"}}}", true},
        {".docker/config.json", "{\"auths\": {}}", false},
        {".kube/config", "clusters: []\nusers:\n- user: {token: x}\n", true},
        {"k/kubeconfig.yaml", "clusters: []\nusers:\n- user:\n    client-key-data: x\n", true},
        {"config.yaml", "clusters:\n- a\n", false},
        {"mykube/config", "clusters: []\ntoken: x\n", false},
        {"model.onnx", "\x08\x07", false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const char *what = cr_secret_of(rows[i].path, rows[i].bytes, strlen(rows[i].bytes));

        if (!what == rows[i].secret)
            fail_msg("'%s' with '%.40s': %s", rows[i].path, rows[i].bytes, what ? what : "none");
    }
}

static void put(struct cr_context *ctx, const char *dir, const char *name, const char *text)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);
    struct cr_error err = {0};

    assert_ok(cr_file_write(path, text, strlen(text), 0644, &err), &err);
    assert_ok(cr_context_add_file(ctx, name, path, &err), &err);
}

TEST(all_are_listed_and_one_word_allows_them)
{
    CR_AUTO_PROBLEMS struct cr_problems refused = {0}, allowed = {0};
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    char dir[] = "/tmp/test_secret.XXXXXX";
    struct cr_error err = {0};

    assert_non_null(mkdtemp(dir));
    put(&ctx, dir, "a.txt", "nothing");
    put(&ctx, dir, ".env", "A=1");
    put(&ctx, dir, "k.pem", PEM);
    assert_ok(cr_secrets_find(&ctx, false, &refused, &err), &err);
    assert_int_equal(cr_problems_errors(&refused), 2);
    assert_non_null(strstr(refused.row[0].place, "/.env"));
    assert_non_null(strstr(refused.row[0].hint, "--allow-secrets"));
    assert_ok(cr_secrets_find(&ctx, true, &allowed, &err), &err);
    assert_int_equal(cr_problems_errors(&allowed), 0);
    assert_int_equal(allowed.len, 2);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST_MAIN(cmocka_unit_test(secrets_are_known_by_name_or_by_content),
          cmocka_unit_test(all_are_listed_and_one_word_allows_them))
