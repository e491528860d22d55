#include "lib/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "core/context.h"
#include "core/hash_cache.h"
#include "core/ignore.h"
#include "core/pack_block.h"

struct place {
    char dir[64];
};

static int make_place(void **state)
{
    struct place *p = cr_calloc(1, sizeof(*p));

    snprintf(p->dir, sizeof(p->dir), "/tmp/test_context.XXXXXX");
    *state = p;
    return mkdtemp(p->dir) ? 0 : -1;
}

static int drop_place(void **state)
{
    struct cr_error err;
    struct place *p = *state;
    int rc = cr_dir_remove(p->dir, &err);

    free(p);
    return rc;
}

static char *in(void **state, const char *name)
{
    return cr_path_join(((struct place *)*state)->dir, name);
}

static void put(const char *dir, const char *name, const char *text, unsigned mode)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *parent = cr_strdup(path);
    struct cr_error err = {0};

    *strrchr(parent, '/') = '\0';
    assert_ok(cr_dir_make(parent, 0755, &err), &err);
    assert_ok(cr_file_write(path, text, strlen(text), mode, &err), &err);
}

static int take(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    return cr_str_add(ud, bytes, n, err);
}

static void tree(const char *dir)
{
    CR_AUTO_FREE char *link = cr_path_join(dir, "a/link"), *up = cr_path_join(dir, "a/up"),
                      *none = cr_path_join(dir, "none"), *empty = cr_path_join(dir, "empty");

    put(dir, "b.txt", "b\n", 0600);
    put(dir, "a/run.sh", "#!/bin/sh\n", 0700);
    put(dir, "a/é-Z", "accent\n", 0644);
    put(dir, "a-b", "sorts before a/\n", 0666);
    assert_int_equal(symlink("run.sh", link), 0);
    assert_int_equal(symlink("../b.txt", up), 0);
    assert_int_equal(symlink("not-there", none), 0);
    assert_int_equal(mkdir(empty, 0700), 0);
}

static void pack_tree(const char *dir, struct cr_str *out, char name[CR_SHA256_HEX])
{
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    struct cr_error err = {0};
    CR_AUTO_FREE char *long_name = cr_calloc(300, 1);

    memset(long_name, 'n', 250);
    assert_ok(cr_context_add_tree(&ctx, "t", dir, NULL, &err), &err);
    assert_ok(cr_context_add_bytes(&ctx, "Dockerfile", "FROM scratch\n", 13, 0644, &err), &err);
    assert_ok(cr_context_add_bytes(&ctx, long_name, "long\n", 5, 0644, &err), &err);
    assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
    assert_ok(cr_context_pack(&ctx, take, out, &err), &err);
}

TEST(same_bytes_in_any_directory_locale_and_umask)
{
    CR_AUTO_FREE char *one = in(state, "one"), *two = in(state, "deep/er/two");
    CR_AUTO_STR struct cr_str a = CR_STR_INIT(1 << 20), b = CR_STR_INIT(1 << 20);
    char name_a[CR_SHA256_HEX], name_b[CR_SHA256_HEX];
    mode_t old = umask(022);

    tree(one);
    setlocale(LC_ALL, "C");
    pack_tree(one, &a, name_a);
    umask(077);
    tree(two);
    setlocale(LC_ALL, "C.UTF-8");
    pack_tree(two, &b, name_b);
    setlocale(LC_ALL, "C");
    umask(old);
    assert_string_equal(name_a, name_b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.buf, b.buf, a.len);
    assert_memory_equal(a.buf, "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8); /* gzip: no name, no time */
}

static void read_back(const struct cr_str *packed, struct cr_str *listing)
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    struct cr_error err = {0};

    archive_read_support_format_tar(a);
    archive_read_support_filter_gzip(a);
    assert_int_equal(archive_read_open_memory(a, packed->buf, packed->len), ARCHIVE_OK);
    while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
        const char *link = archive_entry_symlink(e);

        assert_int_equal(archive_entry_uid(e), 0);
        assert_int_equal(archive_entry_gid(e), 0);
        assert_int_equal(archive_entry_mtime(e), 0);
        assert_ok(cr_str_addf(listing, &err, "%06o %lld %.20s%s%s\n", archive_entry_mode(e),
                              (long long)archive_entry_size(e), archive_entry_pathname(e), link ? " -> " : "",
                              link ? link : ""),
                  &err);
    }
    archive_read_free(a);
}

TEST(the_archive_lists_everything_normalised_and_sorted)
{
    CR_AUTO_FREE char *dir = in(state, "x");
    CR_AUTO_STR struct cr_str packed = CR_STR_INIT(1 << 20), listing = CR_STR_INIT(1 << 20);
    char name[CR_SHA256_HEX];

    tree(dir);
    pack_tree(dir, &packed, name);
    read_back(&packed, &listing);
    assert_string_equal(listing.buf, "100644 13 Dockerfile\n"
                                     "100644 5 nnnnnnnnnnnnnnnnnnnn\n"
                                     "040755 0 t/\n"
                                     "040755 0 t/a/\n"
                                     "100644 16 t/a-b\n"
                                     "120777 0 t/a/link -> run.sh\n"
                                     "100755 10 t/a/run.sh\n"
                                     "120777 0 t/a/up -> ../b.txt\n"
                                     "100644 7 t/a/é-Z\n"
                                     "100644 2 t/b.txt\n"
                                     "040755 0 t/empty/\n"
                                     "120777 0 t/none -> not-there\n");
}

TEST(the_name_follows_content_mode_and_path)
{
    static const struct {
        const char *path, *text;
        unsigned mode;
    } rows[] = {{"a", "x", 0644}, {"a", "y", 0644}, {"a", "x", 0755}, {"b", "x", 0644}, {"a/a", "x", 0644}};
    char names[CR_LEN(rows)][CR_SHA256_HEX];
    struct cr_error err = {0};

    (void)state;
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_CONTEXT struct cr_context ctx = {0};
        CR_AUTO_FREE char *object = NULL;

        assert_ok(cr_context_add_bytes(&ctx, rows[i].path, rows[i].text, 1, rows[i].mode, &err), &err);
        assert_ok(cr_context_name(&ctx, NULL, names[i], &err), &err);
        object = cr_context_object(&ctx);
        assert_int_equal(strlen(object), strlen("source/.tgz") + 64);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(names[k], names[i]);
    }
}

TEST(links_out_of_the_tree_are_refused)
{
    static const char *const targets[] = {"/etc/passwd", "../outside", "d/../../outside", "hop/../outside", "d/out"};
    struct cr_error err = {0};

    for (size_t i = 0; i < CR_LEN(targets); i++) {
        CR_AUTO_CONTEXT struct cr_context ctx = {0};
        CR_AUTO_FREE char *name = cr_format("t%zu", i), *dir = in(state, name), *link = cr_path_join(dir, "link"),
                          *hop = cr_path_join(dir, "hop"), *out = cr_path_join(dir, "d/out");

        put(((struct place *)*state)->dir, "outside", "secret", 0644);
        put(dir, "d/e/f", "x", 0644);
        assert_int_equal(symlink(".", hop), 0);
        if (i == 4)
            assert_int_equal(symlink("../../outside", out), 0);
        assert_int_equal(symlink(targets[i], link), 0);
        assert_int_equal(cr_context_add_tree(&ctx, "", dir, NULL, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        assert_non_null(strstr(err.msg, "leads out of"));
    }
}

TEST(ignored_files_stay_behind)
{
    CR_AUTO_FREE char *dir = in(state, "i");
    CR_AUTO_IGNORE struct cr_ignore *docker = cr_ignore_new(CR_IGNORE_DOCKER), *gcloud = NULL;
    CR_AUTO_CONTEXT struct cr_context all = {0}, some = {0};
    struct cr_error err = {0};

    put(dir, "keep/a", "a", 0644);
    put(dir, "drop/b", "b", 0644);
    put(dir, "drop/c", "c", 0644);
    put(dir, ".gcloudignore", "drop\n", 0644);
    assert_ok(cr_ignore_parse(docker, "drop\n!drop/c\n", 13, "d", NULL, &err), &err);
    assert_ok(cr_context_add_tree(&some, "", dir, docker, &err), &err);
    assert_non_null(cr_context_find(&some, "drop/c"));
    assert_null(cr_context_find(&some, "drop/b"));
    assert_ok(cr_ignore_gcloud(dir, NULL, &gcloud, &err), &err);
    assert_ok(cr_context_add_tree(&all, "", dir, gcloud, &err), &err);
    assert_non_null(cr_context_find(&all, "keep/a"));
    assert_null(cr_context_find(&all, "drop"));
    assert_null(cr_context_find(&all, "drop/c"));
}

TEST(what_has_no_place_is_refused)
{
    static const char *const paths[] = {"", "/a", "a/", "a//b", "./a", "a/../b", ".."};
    CR_AUTO_CONTEXT struct cr_context ctx = {0}, two = {0}, clash = {0}, none = {0};
    CR_AUTO_FREE char *dir = in(state, "fifo"), *pipe_path = cr_path_join(dir, "p");
    char name[CR_SHA256_HEX];
    struct cr_error err = {0};

    for (size_t i = 0; i < CR_LEN(paths); i++)
        assert_int_equal(cr_context_add_bytes(&ctx, paths[i], "", 0, 0644, &err), -1);
    assert_ok(cr_context_add_bytes(&two, "a", "1", 1, 0644, &err), &err);
    assert_ok(cr_context_add_bytes(&two, "b", "1", 1, 0644, &err), &err);
    assert_ok(cr_context_add_bytes(&two, "a", "2", 1, 0644, &err), &err);
    assert_int_equal(cr_context_name(&two, NULL, name, &err), -1);
    assert_string_equal(err.msg, "two files want to be 'a' in the build context");
    assert_ok(cr_context_add_bytes(&clash, "a", "1", 1, 0644, &err), &err);
    assert_ok(cr_context_add_bytes(&clash, "a/b", "2", 1, 0644, &err), &err);
    assert_int_equal(cr_context_name(&clash, NULL, name, &err), -1);
    assert_int_equal(cr_context_name(&none, NULL, name, &err), -1);
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(mkfifo(pipe_path, 0644), 0);
    assert_int_equal(cr_context_add_tree(&none, "", dir, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "neither a file"));
}

static void set_time(const char *path, time_t when)
{
    struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

TEST(a_file_that_changes_is_an_error)
{
    static const char *const later[] = {"longer than it was", "", "bytes"};
    struct cr_error err = {0};
    char name[CR_SHA256_HEX];

    for (size_t i = 0; i < CR_LEN(later); i++) {
        CR_AUTO_CONTEXT struct cr_context ctx = {0};
        CR_AUTO_STR struct cr_str out = CR_STR_INIT(1 << 20);
        CR_AUTO_FREE char *file = in(state, "file"), *dir = in(state, "out");
        FILE *f;

        put(((struct place *)*state)->dir, "file", "Bytes", 0644);
        set_time(file, 1000000000);
        assert_ok(cr_context_add_file(&ctx, "f", file, &err), &err);
        assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
        f = fopen(file, "w"); /* the same inode; the last row has the same size and time as well */
        assert_non_null(f);
        fputs(later[i], f);
        fclose(f);
        set_time(file, 1000000000);
        assert_int_equal(cr_context_pack(&ctx, take, &out, &err), -1);
        assert_non_null(strstr(err.msg, "changed while the context was made"));
        assert_int_equal(cr_context_write_dir(&ctx, dir, false, &err), -1);
        assert_false(cr_file_exists(dir));
    }
}

/* Noise, text, noise that repeats, and all of them in one block; whole blocks, and one byte more or less. */
static void mixture(struct cr_context *ctx)
{
    static const size_t sizes[] = {1, 512, 5000, PACK_BLOCK - 1, PACK_BLOCK, PACK_BLOCK + 1, 3 * PACK_BLOCK + 77};
    CR_AUTO_FREE char *bytes = cr_malloc(4 * PACK_BLOCK);
    struct cr_error err = {0};
    uint32_t seed = 1;

    for (size_t kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < CR_LEN(sizes); i++) {
            CR_AUTO_FREE char *name = cr_format("%zu/%zu-%zu", i % 3, kind, sizes[i]);

            for (size_t k = 0; k < sizes[i]; k++) {
                seed = kind == 2 && k % 999 == 0 ? 7 : seed * 1664525 + 1013904223;
                bytes[k] = kind == 1 ? "abcdefgh ,.\n"[(seed >> 24) % 12 * (seed >> 28) / 16] : (char)(seed >> 24);
            }
            assert_ok(cr_context_add_bytes(ctx, name, bytes, sizes[i], 0644, &err), &err);
        }
}

TEST(the_archive_is_the_same_on_any_number_of_cores)
{
    static const int workers[] = {1, 2, 8, 2, 8};
    CR_AUTO_STR struct cr_str first = CR_STR_INIT(1 << 24);
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    char name[CR_SHA256_HEX];
    struct cr_error err = {0};

    (void)state;
    mixture(&ctx);
    assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
    for (size_t i = 0; i < CR_LEN(workers); i++) {
        CR_AUTO_STR struct cr_str packed = CR_STR_INIT(1 << 24);

        assert_ok(cr_context_pack_on(&ctx, workers[i], take, i ? &packed : &first, &err), &err);
        assert_true(!i || packed.len == first.len);
        assert_true(!i || memcmp(packed.buf, first.buf, first.len) == 0);
    }
}

static void succeeds(const char *const *argv)
{
    CR_AUTO_STR struct cr_str said = CR_STR_INIT(1 << 16);
    struct cr_error err = {0};
    int status = -1;

    assert_ok(cr_proc_run(argv, NULL, 60000, &said, &status, &err), &err);
    assert_string_equal(said.buf, "");
    assert_int_equal(status, 0);
}

/* What other programs make of it: every byte, and no complaint. */
TEST(gzip_and_tar_read_the_archive)
{
    CR_AUTO_FREE char *file = in(state, "a.tgz"), *dir = in(state, "out");
    CR_AUTO_STR struct cr_str packed = CR_STR_INIT(1 << 24);
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    struct cr_error err = {0};
    char name[CR_SHA256_HEX];

    mixture(&ctx);
    assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
    assert_ok(cr_context_pack(&ctx, take, &packed, &err), &err);
    assert_ok(cr_file_write(file, packed.buf, packed.len, 0644, &err), &err);
    assert_int_equal(mkdir(dir, 0755), 0);
    succeeds((const char *[]){"gzip", "-t", file, NULL});
    succeeds((const char *[]){"tar", "-xzf", file, "-C", dir, NULL});
    for (size_t i = 0; i < ctx.len; i++) {
        CR_AUTO_FREE char *path = cr_path_join(dir, ctx.entry[i].path);
        char sha256[CR_SHA256_HEX];

        if (ctx.entry[i].kind == CR_ENTRY_DIR)
            continue;
        assert_ok(cr_sha256_file(path, sha256, NULL, &err), &err);
        assert_string_equal(sha256, ctx.entry[i].sha256);
    }
}

static size_t packed_size(const char *bytes, size_t n)
{
    CR_AUTO_STR struct cr_str packed = CR_STR_INIT(1 << 24);
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    struct cr_error err = {0};
    char name[CR_SHA256_HEX];

    assert_ok(cr_context_add_bytes(&ctx, "f", bytes, n, 0644, &err), &err);
    assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
    assert_ok(cr_context_pack(&ctx, take, &packed, &err), &err);
    return packed.len;
}

TEST(noise_is_stored_and_text_deflated)
{
    CR_AUTO_FREE char *bytes = cr_malloc(1 << 20);
    uint32_t seed = 1;
    size_t n;

    (void)state;
    for (size_t i = 0; i < 1 << 20; i++)
        bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    n = packed_size(bytes, 1 << 20);
    assert_in_range(n, 1 << 20, (1 << 20) + 2000); /* five bytes for every 64 KiB */
    for (size_t i = 5000; i < 1 << 20; i++)
        bytes[i] = bytes[i - 5000]; /* the same bytes over and over: as likely, one by one, as noise */
    assert_in_range(packed_size(bytes, 1 << 20), 5000, 1 << 17);
    memset(bytes, 'a', 1 << 20);
    assert_in_range(packed_size(bytes, 1 << 20), 1, 4000);
}

static int refuse(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    (void)bytes, (void)n;
    return --*(int *)ud < 0 ? cr_fail(err, CR_E_NET, "the line is cut") : 0;
}

TEST(a_sink_that_fails_ends_the_packing_with_its_own_error)
{
    for (int after = 0; after < 3; after++) {
        CR_AUTO_CONTEXT struct cr_context ctx = {0};
        CR_AUTO_FREE char *noise = cr_malloc(1 << 20);
        struct cr_error err = {0};
        char name[CR_SHA256_HEX];
        int left = after;
        uint32_t seed = 1;

        (void)state;
        for (int i = 0; i < 1 << 20; i++)
            noise[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
        assert_ok(cr_context_add_bytes(&ctx, "n", noise, 1 << 20, 0644, &err), &err);
        assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
        assert_int_equal(cr_context_pack(&ctx, refuse, &left, &err), -1);
        assert_string_equal(err.msg, "the line is cut");
        assert_int_equal(err.code, CR_E_NET);
        assert_int_equal(left, -1); /* not asked again after it had failed */
    }
}

static bool file_is(const char *dir, const char *name, const char *text, unsigned mode)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *got = NULL;
    struct cr_error err = {0};
    struct stat st;

    assert_ok(cr_file_read(path, 1 << 20, &got, NULL, &err), &err);
    return stat(path, &st) == 0 && (st.st_mode & 07777) == mode && strcmp(got, text) == 0;
}

static int count(const char *dir)
{
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    struct cr_error err = {0};

    assert_ok(cr_context_add_tree(&ctx, "", dir, NULL, &err), &err);
    return (int)ctx.len;
}

TEST(a_directory_is_written_whole_or_not_at_all)
{
    CR_AUTO_FREE char *from = in(state, "from"), *out = in(state, "sub/out/"), *other = in(state, "other"),
                      *parent = in(state, "sub");
    CR_AUTO_CONTEXT struct cr_context ctx = {0};
    char name[CR_SHA256_HEX];
    struct cr_error err = {0};
    mode_t old = umask(077);

    tree(from);
    assert_ok(cr_context_add_tree(&ctx, "t", from, NULL, &err), &err);
    assert_ok(cr_context_add_bytes(&ctx, CR_CONTEXT_MARK, "{}", 2, 0644, &err), &err);
    assert_ok(cr_context_name(&ctx, NULL, name, &err), &err);
    assert_ok(cr_context_write_dir(&ctx, out, false, &err), &err);
    umask(old);
    assert_true(file_is(out, "t/a/run.sh", "#!/bin/sh\n", 0755));
    assert_true(file_is(out, "t/b.txt", "b\n", 0644));
    assert_true(file_is(out, "t/a/up", "b\n", 0644));

    put(out, "mine", "edit", 0644);
    assert_int_equal(cr_context_write_dir(&ctx, out, false, &err), -1);
    assert_non_null(strstr(err.hint, "--force"));
    assert_true(file_is(out, "mine", "edit", 0644));
    assert_ok(cr_context_write_dir(&ctx, out, true, &err), &err);
    assert_int_equal(count(out), ctx.len);

    put(other, "home", "dear", 0644); /* not ours: force does not help */
    assert_int_equal(cr_context_write_dir(&ctx, other, true, &err), -1);
    assert_true(file_is(other, "home", "dear", 0644));
    assert_int_equal(count(parent), ctx.len + 1); /* nothing temporary beside it */
}

/* More files than threads; which of two that are gone is told does not depend on who came first. */
#define CASE(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
TEST_MAIN(CASE(same_bytes_in_any_directory_locale_and_umask), CASE(the_archive_lists_everything_normalised_and_sorted),
          CASE(the_name_follows_content_mode_and_path), CASE(links_out_of_the_tree_are_refused),
          CASE(ignored_files_stay_behind), CASE(what_has_no_place_is_refused), CASE(a_file_that_changes_is_an_error),
          CASE(the_archive_is_the_same_on_any_number_of_cores), CASE(gzip_and_tar_read_the_archive),
          CASE(noise_is_stored_and_text_deflated), CASE(a_sink_that_fails_ends_the_packing_with_its_own_error),
          CASE(a_directory_is_written_whole_or_not_at_all))
