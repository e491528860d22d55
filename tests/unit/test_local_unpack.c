#include "lib/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/str.h"
#include "local/aptconf.h"
#include "local/baseimage.h"
#include "local/revision_log.h"
#include "local/unpack.h"

struct item {
    const char *name, *link; /* link: of a symbolic link, or "=NAME" of a hard one */
    mode_t type;
    const char *text;
    int mode;
};

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/crdeploy-test-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    struct cr_error err = {0};

    (void)state;
    return cr_dir_remove(dir, &err);
}

static void pack(const char *path, bool zip, const struct item *item, size_t count)
{
    struct archive *a = archive_write_new();

    if (zip) {
        archive_write_set_format_zip(a);
    } else {
        archive_write_set_format_pax_restricted(a);
        archive_write_add_filter_gzip(a);
    }
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = archive_entry_new();
        size_t n = item[i].text ? strlen(item[i].text) : 0;

        archive_entry_set_pathname(e, item[i].name);
        archive_entry_set_filetype(e, item[i].type);
        archive_entry_set_perm(e, (mode_t)item[i].mode);
        archive_entry_set_size(e, (int64_t)n);
        if (item[i].link && *item[i].link == '=')
            archive_entry_set_hardlink(e, item[i].link + 1);
        else if (item[i].link)
            archive_entry_set_symlink(e, item[i].link);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, item[i].text, n), n);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

/* Packs and unpacks into a new directory; what local_unpack() returned. */
static int round_trip(const struct item *item, size_t count, bool zip, int64_t most, char **into, struct cr_error *err)
{
    static int serial;
    CR_AUTO_FREE char *path = cr_format("%s/%d.archive", dir, serial);

    *into = cr_format("%s/%d", dir, serial++);
    assert_ok(cr_dir_make(*into, 0700, err), err);
    pack(path, zip, item, count);
    return local_unpack(path, *into, most, err);
}

TEST(a_context_comes_out_as_it_went_in)
{
    static const struct item items[] = {{"Dockerfile", NULL, AE_IFREG, "FROM scratch\n", 0644},
                                        {"model", NULL, AE_IFDIR, NULL, 0755},
                                        {"model/run.sh", NULL, AE_IFREG, "#!/bin/sh\n", 04755},
                                        {"model/link", "../Dockerfile", AE_IFLNK, NULL, 0777},
                                        {"copy", "=Dockerfile", AE_IFREG, NULL, 0644}};

    for (int zip = 0; zip < 2; zip++) {
        CR_AUTO_FREE char *into = NULL, *file = NULL, *script = NULL, *link = NULL, *text = NULL;
        struct cr_error err = {0};
        struct stat st;
        char target[64];
        ssize_t n;

        assert_ok(round_trip(items, zip ? 4 : 5, zip, 1000, &into, &err), &err);
        file = cr_format("%s/Dockerfile", into);
        script = cr_format("%s/model/run.sh", into);
        link = cr_format("%s/model/link", into);
        assert_ok(cr_file_read(file, 100, &text, NULL, &err), &err);
        assert_string_equal(text, "FROM scratch\n");
        assert_int_equal(stat(script, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0755); /* no setuid */
        n = readlink(link, target, sizeof(target));
        assert_int_equal(n, strlen("../Dockerfile"));
    }
}

TEST(nothing_leaves_the_directory)
{
    static const struct item cases[][2] = {
        {{"/tmp/crdeploy-escaped", NULL, AE_IFREG, "x", 0644}, {0}},
        {{"../escaped", NULL, AE_IFREG, "x", 0644}, {0}},
        {{"a/../../escaped", NULL, AE_IFREG, "x", 0644}, {0}},
        {{"out", "..", AE_IFLNK, NULL, 0777}, {"out/escaped", NULL, AE_IFREG, "x", 0644}},
        {{"out", "/tmp", AE_IFLNK, NULL, 0777}, {0}},
        {{"d/out", "../../escaped", AE_IFLNK, NULL, 0777}, {0}},
        {{"in", "d", AE_IFLNK, NULL, 0777}, {"in/escaped", NULL, AE_IFREG, "x", 0644}},
        {{"hard", "=../escaped", AE_IFREG, NULL, 0644}, {0}},
        {{"hard", "=/etc/passwd", AE_IFREG, NULL, 0644}, {0}},
        {{"fifo", NULL, AE_IFIFO, NULL, 0644}, {0}},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *into = NULL, *outside = cr_format("%s/escaped", dir);
        struct cr_error err = {0};

        if (round_trip(cases[i], cases[i][1].name ? 2 : 1, false, 1000, &into, &err) == 0)
            fail_msg("case %zu was unpacked", i);
        assert_int_equal(err.code, CR_E_API);
        assert_false(cr_file_exists(outside));
    }
    assert_false(cr_file_exists("/tmp/crdeploy-escaped"));
}

TEST(an_archive_that_unpacks_to_too_much_or_is_none_is_refused)
{
    static const struct item big = {"big", NULL, AE_IFREG, "12345678901", 0644};
    CR_AUTO_FREE char *into = NULL, *path = cr_format("%s/none.tgz", dir);
    struct cr_error err = {0};

    assert_int_equal(round_trip(&big, 1, false, 10, &into, &err), -1);
    assert_non_null(strstr(err.msg, "more than is allowed"));
    assert_ok(cr_file_write(path, "this is no archive", 18, 0600, &err), &err);
    assert_int_equal(local_unpack(path, into, 1000, &err), -1);
}

TEST(the_images_a_dockerfile_starts_from_are_found)
{
    static const struct {
        const char *file, *images;
    } cases[] = {
        {"FROM debian:trixie-slim AS build\nRUN x\nFROM scratch\nCOPY --from=build / /\n", "debian:trixie-slim\n"},
        {"ARG BASE=debian:trixie-slim\nFROM ${BASE} AS a\nFROM $BASE\nFROM a\n", "debian:trixie-slim\n"},
        {"ARG V\nFROM debian:${V:-bookworm}-slim\n", "debian:bookworm-slim\n"},
        {"from --platform=linux/amd64 \\\n  x:1 as A\ncopy --from=y:2 --chown=1 a b\nCOPY --from=0 a b\nCOPY --from=a "
         "c d\n",
         "x:1\ny:2\n"},
        {"ARG GIVEN=no\nFROM $GIVEN\n# FROM comment\n", "given:1\n"},
        {"", ""},
    };
    static const char *const given[] = {"GIVEN=given:1", NULL};

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_STR struct cr_str out = CR_STR_INIT(4096);
        struct cr_error err = {0};

        assert_ok(local_baseimage_froms(cases[i].file, given, &out, &err), &err);
        assert_string_equal(out.buf, cases[i].images);
    }
}

TEST(the_mirror_is_the_one_apt_uses)
{
    static const struct {
        const char *sources, *mirror, *security;
    } cases[] = {
        {"deb http://mirror.example/debian bookworm main\ndeb http://sec.example/s bookworm-security main\n",
         "http://mirror.example/debian", "http://sec.example/s"},
        {"# deb http://no.example/ bookworm main\ndeb [arch=amd64 signed-by=/k] https://m.example/d bookworm main\n",
         "https://m.example/d", ""},
        {"Types: deb\n# a comment\nURIs: http://m.example/debian\nSuites: bookworm bookworm-updates\nComponents: "
         "main\n\n"
         "Types: deb\nURIs: http://m.example/security\nSuites: bookworm-security\n",
         "http://m.example/debian", "http://m.example/security"},
        {"Enabled: no\nURIs: http://off.example/\nSuites: bookworm\n\ndeb cdrom:[x]/ bookworm main\n", "", ""},
        {"deb https://other.example/node nodistro main\n", "", ""},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct local_apt apt = {cr_strdup(""), cr_strdup(""), cr_strdup(""), cr_strdup("")};

        local_apt_sources(&apt, cases[i].sources, "bookworm");
        assert_string_equal(apt.mirror, cases[i].mirror);
        assert_string_equal(apt.security, cases[i].security);
        local_apt_clear(&apt);
    }
}

TEST(the_end_of_a_log_is_its_last_lines)
{
    CR_AUTO_FREE char *path = local_log_path(dir, "svc/rev"), *none = local_log_path(dir, "svc/none");
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(4096), empty = CR_STR_INIT(4096);
    struct cr_error err = {0};
    char odd[] = "not of this form", line[] = "2026-01-02T03:04:05Z stderr P half";
    struct local_log_line l;

    for (int i = 1; i <= 4; i++)
        local_log_add(path, "line %d\nnot this", i);
    assert_ok(local_log_tail(path, 2, &out, &err), &err);
    assert_string_equal(out.buf, "line 3\nline 4\n");
    assert_ok(local_log_tail(none, 2, &empty, &err), &err);
    assert_string_equal(empty.buf, "");
    assert_false(local_log_split(odd, &l));
    assert_true(local_log_split(line, &l));
    assert_string_equal(l.stream, "stderr");
    assert_string_equal(l.text, "half");
    assert_true(l.partial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_context_comes_out_as_it_went_in),
        cmocka_unit_test(nothing_leaves_the_directory),
        cmocka_unit_test(an_archive_that_unpacks_to_too_much_or_is_none_is_refused),
        cmocka_unit_test(the_images_a_dockerfile_starts_from_are_found),
        cmocka_unit_test(the_mirror_is_the_one_apt_uses),
        cmocka_unit_test(the_end_of_a_log_is_its_last_lines),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
