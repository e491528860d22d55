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
#include "local/beneath.h"
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

        assert_ok(round_trip(items, zip ? 4 : 5, zip, 5 * 4096 + 50, &into, &err), &err);
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

/* An entry of nothing but a name and a type. */
#define DIR(name)                        \
    {                                    \
        name, NULL, AE_IFDIR, NULL, 0755 \
    }
#define LINK(name, to)                 \
    {                                  \
        name, to, AE_IFLNK, NULL, 0777 \
    }
#define HARD(name, to)                     \
    {                                      \
        name, "=" to, AE_IFREG, NULL, 0644 \
    }
#define FILE_X(name)                    \
    {                                   \
        name, NULL, AE_IFREG, "x", 0644 \
    }
#define OTHER(name, type)            \
    {                                \
        name, NULL, type, NULL, 0644 \
    }

TEST(nothing_leaves_the_directory)
{
    static const struct item cases[][5] = {
        {FILE_X("/tmp/crdeploy-escaped")},
        {FILE_X("../escaped")},
        {FILE_X("a/../../escaped")},
        {LINK("out", ".."), FILE_X("out/escaped")},
        {LINK("out", "/tmp")},
        {LINK("d/out", "../../escaped")},
        {LINK("in", "d"), FILE_X("in/escaped")},
        {LINK("in", "d"), DIR("d"), LINK("in/more", "x")},
        {HARD("hard", "../escaped")},
        {HARD("hard", "/etc/passwd")},
        {HARD("hard", "a/../../escaped")},
        {OTHER("fifo", AE_IFIFO)},
        {OTHER("null", AE_IFCHR)},
        {OTHER("disk", AE_IFBLK)},
        /* as text each stays inside: only together they leave */
        {DIR("a/b/c"), LINK("a/b/c/z", "../../.."), LINK("m", "a/b/c/z/../../..")},
        {LINK("m", "a/b/c/z/../../.."), DIR("a/b/c"), LINK("a/b/c/z", "../../..")},
        {DIR("a/b"), LINK("l", "a/b"), LINK("a/b/z", "../../l/../.."), LINK("m", "l/z/../../..")},
        {DIR("x"), DIR("a/b"), LINK("a/b/z", "../../x"), LINK("m", "a/b/z/../../../missing")},
        /* a hard link moves a symbolic one to where its target leads elsewhere */
        {DIR("a/b"), LINK("a/b/up", "../../x"), HARD("up", "a/b/up")},
        {DIR("a/b"), LINK("a/b/up", ".."), HARD("up", "a/b/up")},
        {DIR("a"), FILE_X("a/f"), LINK("l", "a"), HARD("hard", "l/f")},
        /* the directory itself */
        {LINK(".", "x")},
        {LINK("./.", "x")},
        {FILE_X("./")},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *into = NULL, *outside = cr_format("%s/escaped", dir);
        struct cr_error err = {0};
        size_t n = 0;

        while (n < CR_LEN(cases[i]) && cases[i][n].name)
            n++;
        if (round_trip(cases[i], n, false, 1 << 20, &into, &err) == 0)
            fail_msg("case %zu was unpacked", i);
        assert_int_equal(err.code, CR_E_API);
        assert_false(cr_file_exists(outside));
    }
    assert_false(cr_file_exists("/tmp/crdeploy-escaped"));
}

TEST(links_that_stay_inside_are_kept)
{
    static const struct item items[] = {
        DIR("a/b"),        FILE_X("a/b/f"),      LINK("l", "a/b"),      LINK("a/b/up", "../../l/./f"),
        LINK("none", "x"), LINK("self", "self"), HARD("hard", "a/b/f"), LINK("round", "a/../l/../b/f"),
    };
    static const char *const same[] = {"l/f", "a/b/up", "hard", "round"};
    CR_AUTO_FREE char *into = NULL;
    struct cr_error err = {0};

    assert_ok(round_trip(items, CR_LEN(items), false, 1 << 20, &into, &err), &err);
    for (size_t i = 0; i < CR_LEN(same); i++) {
        CR_AUTO_FREE char *path = cr_format("%s/%s", into, same[i]), *text = NULL;

        assert_ok(cr_file_read(path, 10, &text, NULL, &err), &err);
        assert_string_equal(text, "x");
    }
}

TEST(a_name_is_resolved_below_its_top)
{
    static const struct {
        const char *path, *to; /* NULL: refused */
        int links;
    } cases[] = {
        {"", ".", 0},     {".", ".", 0},       {"a//b/./", "a/b", 0}, {"a/b/..", "a", 0},      {"l/f", "a/b/f", 1},
        {"l/..", "a", 1}, {"l/../..", ".", 1}, {"new/x", "new/x", 0}, {"self", NULL, 0},       {"out", NULL, 0},
        {"..", NULL, 0},  {"/etc", NULL, 0},   {"abs", NULL, 0},      {"l/../../..", NULL, 0}, {"two/f", "a/b/f", 2},
    };
    static const char *const links[][2] = {
        {"l", "a/b"}, {"two", "./l"}, {"self", "self"}, {"out", "l/../../../x"}, {"abs", "/etc"}};
    CR_AUTO_FREE char *top = cr_format("%s/resolve", dir), *deep = cr_format("%s/a/b", top);
    struct cr_error err = {0};

    assert_ok(cr_dir_make(deep, 0700, &err), &err);
    for (size_t i = 0; i < CR_LEN(links); i++) {
        CR_AUTO_FREE char *path = cr_format("%s/%s", top, links[i][0]);

        assert_int_equal(symlink(links[i][1], path), 0);
    }
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *to = NULL;
        int n = local_beneath(top, cases[i].path, &to, &err);

        if (n != (cases[i].to ? cases[i].links : -1) || (to && strcmp(to, cases[i].to) != 0))
            fail_msg("'%s': %d links to '%s'", cases[i].path, n, to ? to : "");
    }
    assert_int_equal(local_beneath_links(top, &err), -1);
}

#define SPARSE_BYTES ((int64_t)1 << 40)

TEST(a_sparse_entry_counts_as_what_it_is_when_it_is_read)
{
    CR_AUTO_FREE char *path = cr_format("%s/sparse.tgz", dir), *into = cr_format("%s/sparse", dir);
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    struct cr_error err = {0};

    archive_write_set_format_pax(a);
    archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    archive_entry_set_pathname(e, "sparse");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, SPARSE_BYTES);
    archive_entry_sparse_add_entry(e, SPARSE_BYTES - 1, 1); /* a hole, and one byte */
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    for (size_t sent = 0; sent < 512; sent++)
        (void)!archive_write_data(a, "", 1);
    archive_entry_free(e);
    archive_write_free(a);
    assert_ok(cr_dir_make(into, 0700, &err), &err);
    assert_int_equal(local_unpack(path, into, SPARSE_BYTES - 1, &err), -1);
    assert_non_null(strstr(err.msg, "more than is allowed, at 'sparse'"));
}

TEST(an_archive_that_unpacks_to_too_much_or_is_none_is_refused)
{
    static const struct item big = {"big", NULL, AE_IFREG, "12345678901", 0644};
    CR_AUTO_FREE char *into = NULL, *path = cr_format("%s/none.tgz", dir);
    struct cr_error err = {0};

    for (int zip = 0; zip < 2; zip++) {
        CR_AUTO_FREE char *first = NULL;

        assert_int_equal(round_trip(&big, 1, zip, 4096 + 10, &first, &err), -1);
        assert_non_null(strstr(err.msg, "more than is allowed"));
    }
    assert_ok(round_trip(&big, 1, false, 4096 + 11, &into, &err), &err);
    assert_ok(cr_file_write(path, "this is no archive", 18, 0600, &err), &err);
    assert_int_equal(local_unpack(path, into, 1000, &err), -1);
}

TEST(many_empty_entries_are_not_free)
{
    static struct item items[300];
    char names[CR_LEN(items)][8];
    CR_AUTO_FREE char *into = NULL;
    struct cr_error err = {0};

    for (size_t i = 0; i < CR_LEN(items); i++) {
        snprintf(names[i], sizeof(names[i]), "%zu", i);
        items[i] = (struct item){names[i], NULL, i % 2 ? AE_IFDIR : AE_IFREG, NULL, 0644};
    }
    assert_int_equal(round_trip(items, CR_LEN(items), false, 1 << 20, &into, &err), -1);
    assert_non_null(strstr(err.msg, "more than is allowed"));
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
        cmocka_unit_test(links_that_stay_inside_are_kept),
        cmocka_unit_test(a_name_is_resolved_below_its_top),
        cmocka_unit_test(a_sparse_entry_counts_as_what_it_is_when_it_is_read),
        cmocka_unit_test(many_empty_entries_are_not_free),
        cmocka_unit_test(an_archive_that_unpacks_to_too_much_or_is_none_is_refused),
        cmocka_unit_test(the_images_a_dockerfile_starts_from_are_found),
        cmocka_unit_test(the_mirror_is_the_one_apt_uses),
        cmocka_unit_test(the_end_of_a_log_is_its_last_lines),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
