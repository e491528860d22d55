#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/glob.h"
#include "core/ignore.h"

static bool ignored(enum cr_ignore_kind kind, const char *text, const char *path)
{
    CR_AUTO_IGNORE struct cr_ignore *ig = cr_ignore_new(kind);
    struct cr_error err = {0};
    bool is_dir = path[strlen(path) - 1] == '/';
    CR_AUTO_FREE char *bare = cr_strndup(path, strlen(path) - is_dir);

    assert_ok(cr_ignore_parse(ig, text, strlen(text), "table", NULL, &err), &err);
    return cr_ignore_match(ig, bare, is_dir);
}

struct row {
    const char *patterns;
    const char *out[8], *in[8]; /* paths that stay behind, and that go along; "x/" is a directory */
};

static void check(enum cr_ignore_kind kind, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (const char *const *p = rows[i].out; *p; p++)
            if (!ignored(kind, rows[i].patterns, *p))
                fail_msg("'%s' must leave out '%s'", rows[i].patterns, *p);
        for (const char *const *p = rows[i].in; *p; p++)
            if (ignored(kind, rows[i].patterns, *p))
                fail_msg("'%s' must keep '%s'", rows[i].patterns, *p);
    }
}

TEST(gcloudignore_does_what_gcloud_does)
{
    static const struct row rows[] = {
        {"foo", {"foo", "a/foo", "a/foo/b"}, {"foobar"}},
        {"/foo", {"foo", "foo/x"}, {"a/foo"}},
        {"foo/", {"foo/x", "a/foo/x", "foo/"}, {"foo"}},
        {"foo/bar", {"foo/bar", "x/foo/bar", "foo/bar/z"}, {"bar", "foo"}},
        {"doc/*.txt", {"doc/a.txt", "y/doc/a.txt"}, {"doc/x/a.txt"}},
        {"**/baz", {"baz", "a/baz", "a/b/baz"}, {"bazz"}},
        {"qux/**", {"qux/", "qux/a"}, {"a/qux/b"}},
        {"a/**/b", {"a/b", "a/x/b", "a/x/y/b"}, {"z/a/b"}},
        {"*/bar", {"foo/bar", "bar", "f/qux/bar"}, {"foo/qux/bar"}},
        {"*", {"a", ".a", "a/b"}, {NULL}},
        {"data/\n!data/keep", {"data/keep", "data/"}, {"data"}},
        {"*.log\n!keep.log", {"a.log"}, {"keep.log", "d/keep.log"}},
        {"# foo\n#foo\n \n\nbar", {"bar"}, {"foo", "#foo"}},
        {"\\#foo\n\\!bar", {"#foo", "!bar"}, {"foo", "bar"}},
        {"trail  \nkept\\ ", {"trail", "kept "}, {"trail  ", "kept"}},
        {"odd\\\neven\\\\", {"even\\"}, {"odd", "odd\\"}},
        {"crlf\r\nnext\r\n", {"crlf", "next"}, {"crlf\r"}},
        {"[!a-c]x\n[]]y\n[z", {"dx", "]y", "[z"}, {"ax", "bx", "y", "z"}},
        {"?", {"a", "é", "d/x"}, {"ab"}},
        {"/", {NULL}, {"a", "a/b"}},
        {"a/**/**/**/**/**/c", {"a/c", "a/b/b/b/b/b/b/c"}, {"a/b/b/b/b/b/b/b/b/b/b/b/b/d"}},
        {"!x\nx", {"x"}, {NULL}},
    };

    check(CR_IGNORE_GCLOUD, rows, CR_LEN(rows));
}

TEST(dockerignore_does_what_docker_does)
{
    static const struct row rows[] = {
        {"foo", {"foo", "foo/a", "foo/a/b"}, {"a/foo", "foobar"}},
        {"/foo", {"foo"}, {"a/foo"}},
        {"./foo//bar/", {"foo/bar", "foo/bar/x"}, {"foo"}},
        {"a/../b", {"b"}, {"a"}},
        {"*.log", {"a.log", ".log"}, {"d/a.log", "a.logs"}},
        {"*/*.log", {"d/a.log"}, {"a.log", "d/e/a.log"}},
        {"**/*.log", {"a.log", "d/a.log", "d/e/a.log"}, {"a.txt"}},
        {"**/temp", {"temp", "a/temp", "a/temp/x"}, {"atemp"}},
        {"dir/**", {"dir/a", "dir/a/b"}, {"dir", "x/dir/a"}},
        {"a/**/b", {"a/b", "a/x/b", "a/x/y/b"}, {"z/a/b", "ab"}},
        {"**", {"a", "a/b"}, {NULL}},
        {"temp?", {"tempa", "tempb"}, {"temp", "tempab", "temp/"}},
        {"[a-c]x\n[^d]y\n\\*z", {"ax", "cx", "ey", "*z"}, {"dx", "dy", "az"}},
        {"dir\n!dir/keep", {"dir", "dir/a"}, {"dir/keep", "dir/keep/b"}},
        {"*.md\n!README*.md\nREADME-secret.md", {"a.md", "README-secret.md"}, {"README.md", "README-x.md"}},
        {"*\n!a/b", {"a", "a/c"}, {"a/b"}},
        {"# foo\n  bar  \n", {"bar"}, {"foo", "# foo"}},
        {"!foo\nfoo", {"foo"}, {NULL}},
        {"\xEF\xBB\xBF"
         "foo",
         {"foo"},
         {NULL}},
        {"**foo", {"foo", "barfoo", "a/foo"}, {"foob"}},
        {"*a*a*a*a*a*a*a*a*a*b", {NULL}, {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},
    };

    check(CR_IGNORE_DOCKER, rows, CR_LEN(rows));
}

TEST(malformed_lines_are_named)
{
    static const char *const bad[] = {"ok\n[a", "ok\n[]", "ok\n!", "ok\n! ", "ok\nx\\", "ok\n[b-a]", "ok\n[a-]"};

    for (size_t i = 0; i < CR_LEN(bad); i++) {
        CR_AUTO_IGNORE struct cr_ignore *ig = cr_ignore_new(CR_IGNORE_DOCKER);
        struct cr_error err = {0};

        assert_int_equal(cr_ignore_parse(ig, bad[i], strlen(bad[i]), ".dockerignore", NULL, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        assert_non_null(strstr(err.msg, ".dockerignore:2: "));
    }
}

static void put(const char *dir, const char *name, const char *text)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);
    struct cr_error err = {0};

    assert_ok(cr_file_write(path, text, strlen(text), 0644, &err), &err);
}

TEST(gcloud_rules_are_chosen_as_gcloud_chooses)
{
    char dir[] = "/tmp/test_ignore.XXXXXX";
    struct cr_error err = {0};
    struct cr_ignore *ig;

    assert_non_null(mkdtemp(dir));
    assert_ok(cr_ignore_gcloud(dir, NULL, &ig, &err), &err);
    assert_false(cr_ignore_match(ig, ".gcloudignore", false)); /* no git, no rules at all */
    cr_ignore_free(ig);

    put(dir, ".gitignore", "secret\n");
    assert_ok(cr_ignore_gcloud(dir, NULL, &ig, &err), &err);
    assert_true(cr_ignore_match(ig, ".git", true));
    assert_true(cr_ignore_match(ig, ".gitignore", false));
    assert_true(cr_ignore_match(ig, "d/secret", false));
    assert_false(cr_ignore_match(ig, "model", false));
    cr_ignore_free(ig);

    put(dir, ".gcloudignore", "own\n#  !include:.gitignore\n# !include is a comment\n");
    assert_ok(cr_ignore_gcloud(dir, NULL, &ig, &err), &err);
    assert_true(cr_ignore_match(ig, "own", false));
    assert_true(cr_ignore_match(ig, "secret", false));
    assert_false(cr_ignore_match(ig, ".gitignore", false));
    cr_ignore_free(ig);

    put(dir, ".gitignore", "#!include:other\nsecret\n"); /* one level is followed, a second is a comment */
    assert_ok(cr_ignore_gcloud(dir, NULL, &ig, &err), &err);
    assert_true(cr_ignore_match(ig, "secret", false));
    cr_ignore_free(ig);

    put(dir, "mine", "#!include:missing\n");
    assert_int_equal(cr_ignore_gcloud(dir, "mine", &ig, &err), -1);
    assert_non_null(strstr(err.msg, "mine:1: "));
    put(dir, "mine", "\n#!include:../up\n");
    assert_int_equal(cr_ignore_gcloud(dir, "mine", &ig, &err), -1);
    assert_non_null(strstr(err.msg, "mine:2: "));
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(a_walk_may_skip_what_cannot_come_back)
{
    CR_AUTO_IGNORE struct cr_ignore *g = cr_ignore_new(CR_IGNORE_GCLOUD), *d = cr_ignore_new(CR_IGNORE_DOCKER);
    struct cr_error err = {0};

    assert_ok(cr_ignore_parse(g, "a\n!a/b", 6, "g", NULL, &err), &err);
    assert_true(cr_ignore_prunes(g));
    assert_ok(cr_ignore_parse(d, "a", 1, "d", NULL, &err), &err);
    assert_true(cr_ignore_prunes(d));
    assert_ok(cr_ignore_parse(d, "!a/b", 4, "d", NULL, &err), &err);
    assert_false(cr_ignore_prunes(d));
}

TEST(a_dockerignore_is_read_from_its_directory)
{
    char dir[] = "/tmp/test_ignore.XXXXXX";
    struct cr_ignore *ig = NULL;
    struct cr_error err = {0};

    assert_non_null(mkdtemp(dir));
    assert_ok(cr_ignore_docker(dir, &ig, &err), &err); /* none there: nothing is left out */
    assert_false(cr_ignore_match(ig, "data/x", false));
    cr_ignore_free(ig);
    put(dir, ".dockerignore", "data\n!data/keep\n");
    assert_ok(cr_ignore_docker(dir, &ig, &err), &err);
    assert_true(cr_ignore_match(ig, "data/x", false));
    assert_false(cr_ignore_match(ig, "data/keep", false));
    cr_ignore_free(ig);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST_MAIN(cmocka_unit_test(gcloudignore_does_what_gcloud_does), cmocka_unit_test(dockerignore_does_what_docker_does),
          cmocka_unit_test(malformed_lines_are_named), cmocka_unit_test(gcloud_rules_are_chosen_as_gcloud_chooses),
          cmocka_unit_test(a_walk_may_skip_what_cannot_come_back),
          cmocka_unit_test(a_dockerignore_is_read_from_its_directory))
