#include "lib/test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/archive_list.h"
#include "core/source.h"

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_source.XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct cr_error err = {0};

    (void)state;
    return cr_dir_remove(dir, &err);
}

static void put(const char *name, const char *text, unsigned mode)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);
    struct cr_error err = {0};

    assert_ok(cr_file_write(path, text, strlen(text), 0644, &err), &err);
    assert_int_equal(chmod(path, mode), 0);
}

static void make(const char *name, unsigned mode)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);

    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void lead(const char *name, const char *target)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);

    assert_int_equal(symlink(target, path), 0);
}

/* "MODE NAME[ -> LINK]" of every entry, a line each. */
static char *listing(const struct cr_source_rules *rules)
{
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    char sha256[CR_SHA256_HEX], *text = cr_strdup("");
    struct cr_error err = {0};
    json_auto_t *list = NULL;
    json_t *row;
    size_t i;

    assert_ok(cr_source_add(&ctx, dir, rules, &err), &err);
    assert_ok(cr_context_name(&ctx, NULL, sha256, &err), &err);
    list = cr_source_listing(&ctx);
    json_array_foreach(list, i, row)
    {
        const char *link = json_string_value(json_object_get(row, "link"));
        char *more = cr_format("%s%s %s%s%s\n", text, json_string_value(json_object_get(row, "mode")),
                               json_string_value(json_object_get(row, "name")), link ? " -> " : "", link ? link : "");

        free(text);
        text = more;
    }
    return text;
}

TEST(a_directory_goes_as_it_is)
{
    CR_AUTO_FREE char *got = NULL;

    put("Dockerfile", "FROM scratch\n", 0644);
    put("run.sh", "#!/bin/sh\n", 0755);
    put("only-mine", "s", 0600);
    put("suid", "x", 04755);
    make("empty", 0755);
    make("private", 0700);
    make("sticky", 01777);
    put("private/p", "p", 0644);
    lead("link", "run.sh");
    lead("dirlink", "private");
    lead("dangling", "nowhere");
    lead("absolute", "/dev/null");
    got = listing(&(struct cr_source_rules){.docker = true});
    assert_string_equal(got, "644 Dockerfile\n"
                             "777 absolute -> /dev/null\n"
                             "777 dangling -> nowhere\n"
                             "700 dirlink -> private\n"
                             "755 empty\n"
                             "777 link -> run.sh\n"
                             "600 only-mine\n"
                             "700 private\n"
                             "644 private/p\n"
                             "755 run.sh\n"
                             "1777 sticky\n"
                             "4755 suid\n");
}

TEST(both_ignore_files_hold_but_for_what_docker_reads)
{
    CR_AUTO_DROPS struct cr_drops drops = {0};
    CR_AUTO_FREE char *both = NULL, *gcloud = NULL, *none = NULL, *other = NULL;

    put("Dockerfile", "FROM scratch\n", 0644);
    put(".dockerignore", "# all\n**/*.md\nDockerfile\nmodels\n!models/keep\n.dockerignore\n", 0644);
    put(".gcloudignore", "*.o\n/data/\n", 0644);
    put("other.ignore", "*.md\n", 0644);
    put("a.md", "1234", 0644);
    put("a.o", "12", 0644);
    make("data", 0755);
    put("data/x", "123", 0644);
    put("data/y", "123", 0644);
    make("models", 0755);
    put("models/big", "12345", 0644);
    put("models/keep", "k", 0644);

    both = listing(&(struct cr_source_rules){.docker = true, .drops = &drops});
    assert_string_equal(both, "644 .dockerignore\n644 .gcloudignore\n644 Dockerfile\n755 models\n644 models/keep\n"
                              "644 other.ignore\n");
    gcloud = listing(&(struct cr_source_rules){0});
    assert_string_equal(gcloud, "644 .dockerignore\n644 .gcloudignore\n644 Dockerfile\n644 a.md\n755 models\n"
                                "644 models/big\n644 models/keep\n644 other.ignore\n");
    other = listing(&(struct cr_source_rules){.ignore_file = "other.ignore"});
    assert_non_null(strstr(other, " a.o\n"));
    assert_null(strstr(other, "a.md"));
    none = listing(&(struct cr_source_rules){.all = true});
    assert_non_null(strstr(none, " data/x\n"));

    assert_int_equal(drops.len, 4);
    for (size_t i = 0; i < drops.len; i++) {
        const struct cr_drop *d = &drops.row[i];

        if (!strcmp(d->pattern, "/data/")) {
            assert_non_null(strstr(d->place, ".gcloudignore:2"));
            assert_int_equal(d->files, 2);
            assert_int_equal(d->bytes, 6);
        } else if (!strcmp(d->pattern, "models")) {
            assert_non_null(strstr(d->place, ".dockerignore:4"));
            assert_int_equal(d->files, 1);
            assert_int_equal(d->bytes, 5);
        }
    }
}

TEST(a_source_is_known_by_its_form)
{
    static const struct {
        const char *source;
        int kind; /* -1: refused */
        const char *suffix;
    } rows[] = {
        {"gs://b/d/src.tgz", CR_SOURCE_OBJECT, ".tgz"},
        {"gs://b/d/src.zip", CR_SOURCE_OBJECT, ".zip"},
        {"gs://b/list.json", CR_SOURCE_OBJECT, ".json"},
        {"https://github.com/o/r.git", CR_SOURCE_GIT, ".tgz"},
        {"projects/p/locations/l/connections/c/repositories/r", CR_SOURCE_REPOSITORY, ".tgz"},
        {"projects/p/locations/l/connections/c/gitRepositoryLinks/r", CR_SOURCE_REPOSITORY, ".tgz"},
        {"dir", CR_SOURCE_DIR, ".tgz"},
        {"model", CR_SOURCE_MODEL, ".tgz"},
        {"model/crdeploy.yaml", CR_SOURCE_MODEL, ".tgz"},
        {"a.tgz", CR_SOURCE_ARCHIVE, ".tgz"},
        {"a.tar.gz", CR_SOURCE_ARCHIVE, ".gz"},
        {"a.zip", CR_SOURCE_ARCHIVE, ".zip"},
        {"a.tar.bz2", -1, NULL},
        {"nothing", -1, NULL},
    };

    make("dir", 0755);
    make("model", 0755);
    put("model/crdeploy.yaml", "", 0644);
    put("a.tgz", "", 0644);
    put("a.tar.gz", "", 0644);
    put("a.zip", "", 0644);
    put("a.tar.bz2", "", 0644);
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        bool remote = strstr(rows[i].source, "//") || !strncmp(rows[i].source, "projects/", 9);
        CR_AUTO_FREE char *source = remote ? cr_strdup(rows[i].source) : cr_path_join(dir, rows[i].source);
        enum cr_source_kind kind = CR_SOURCE_NONE;
        struct cr_error err = {0};
        int rc = cr_source_kind(source, false, &kind, &err);

        if ((rc < 0) != (rows[i].kind < 0) || (rc == 0 && (int)kind != rows[i].kind))
            fail_msg("'%s' is kind %d", rows[i].source, (int)kind);
        if (rc == 0)
            assert_string_equal(cr_source_suffix(source, kind), rows[i].suffix);
        else
            assert_non_null(strstr(err.msg, rows[i].source));
    }
}

TEST(a_model_asked_for_otherwise_is_a_directory)
{
    enum cr_source_kind kind;
    struct cr_error err = {0};

    put("crdeploy.yaml", "", 0644);
    assert_ok(cr_source_kind(dir, true, &kind, &err), &err);
    assert_int_equal(kind, CR_SOURCE_DIR);
}

static int write_file(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    (void)err;
    return fwrite(bytes, 1, n, ud) == n ? 0 : -1;
}

/* What is packed is what is listed. */
TEST(an_archive_is_listed_as_its_context_is)
{
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    CR_AUTO_FREE char *path = cr_format("%s.tgz", dir);
    json_auto_t *listed = NULL, *packed = NULL;
    char sha256[CR_SHA256_HEX];
    struct cr_error err = {0};
    FILE *f;

    put("Dockerfile", "FROM scratch\n", 0644);
    put("suid", "x", 04711);
    make("sticky", 01777);
    make("empty", 0700);
    lead("link", "suid");
    assert_ok(cr_source_add(&ctx, dir, &(struct cr_source_rules){0}, &err), &err);
    assert_ok(cr_context_name(&ctx, NULL, sha256, &err), &err);
    listed = cr_source_listing(&ctx);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_ok(cr_context_pack(&ctx, write_file, f, &err), &err);
    fclose(f);
    assert_ok(cr_archive_list(path, &packed, &err), &err);
    unlink(path);
    assert_true(json_equal(listed, packed));
}

TEST(what_is_no_archive_is_said_to_be_none)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, "a.tgz");
    json_t *list = NULL;
    struct cr_error err = {0};

    put("a.tgz", "this is text", 0644);
    assert_int_equal(cr_archive_list(path, &list, &err), -1);
    assert_int_equal(err.code, CR_E_CONFIG);
    assert_null(list);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
TEST_MAIN(CASE(a_directory_goes_as_it_is), CASE(both_ignore_files_hold_but_for_what_docker_reads),
          CASE(a_source_is_known_by_its_form), CASE(a_model_asked_for_otherwise_is_a_directory),
          CASE(an_archive_is_listed_as_its_context_is), CASE(what_is_no_archive_is_said_to_be_none))
