#include "lib/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "lib/local_call.h"
#include "local/range.h"

#define GRANULE 262144L

static void bucket(struct local *l)
{
    assert_int_equal(call_status(l, "POST", "/storage/v1/b?project=p", "{\"name\": \"bbb\"}"), 200);
}

TEST(buckets)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    assert_int_equal(call_status(&l, "GET", "/storage/v1/b/bbb", NULL), 404);
    bucket(&l);
    assert_int_equal(call_status(&l, "POST", "/storage/v1/b?project=p", "{\"name\": \"bbb\"}"), 409);
    a = call(&l, "POST", "/storage/v1/b?project=other", "{\"name\": \"bbb\"}");
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(at(a.json, "error.message"), "not available"));
    answer_clear(&a);
    assert_int_equal(call_status(&l, "POST", "/storage/v1/b?project=p", "{\"name\": \"B\"}"), 400);
    assert_int_equal(call_status(&l, "POST", "/storage/v1/b", "{\"name\": \"ccc\"}"), 400);
    a = call(&l, "GET", "/storage/v1/b?project=p&prefix=bb", NULL);
    assert_string_equal(at(a.json, "items.0.id"), "bbb");
    answer_clear(&a);
    a = call(&l, "GET", "/storage/v1/b?project=other", NULL);
    assert_string_equal(at(a.json, "items.0.id"), "");
    answer_clear(&a);
    platform_stop(&l);
}

/* Source of the sums: storage-api documentation, "hello world\n". */
TEST(media_upload_and_download)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    bucket(&l);
    a = call(&l, "POST", "/upload/storage/v1/b/bbb/o?uploadType=media&name=d%2Fx.txt&ifGenerationMatch=0",
             "hello world\n");
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "crc32c"), "8P9ykg==");
    assert_string_equal(at(a.json, "md5Hash"), "b1kCrCNwJL3QwXbLkwY9xA==");
    assert_string_equal(at(a.json, "size"), "12");
    assert_string_equal(at(a.json, "name"), "d/x.txt");
    answer_clear(&a);
    a = call(&l, "POST", "/upload/storage/v1/b/bbb/o?uploadType=media&name=d%2Fx.txt&ifGenerationMatch=0", "again");
    assert_int_equal(a.status, 412);
    assert_string_equal(at(a.json, "error.errors.0.reason"), "conditionNotMet");
    answer_clear(&a);
    a = call(&l, "GET", "/storage/v1/b/bbb/o/d%2Fx.txt?alt=media", NULL);
    assert_string_equal(a.text, "hello world\n");
    answer_clear(&a);
    a = call_full(&l, "GET", "/bbb/d/x.txt", "Range: bytes=6-", NULL, 0, -1);
    assert_int_equal(a.status, 206);
    assert_string_equal(a.text, "world\n");
    answer_clear(&a);
    a = call_full(&l, "GET", "/bbb/d/x.txt", "Range: bytes=12-", NULL, 0, -1);
    assert_int_equal(a.status, 416);
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", "/storage/v1/b/bbb/o/d%2Fy.txt", NULL), 404);
    platform_again(&l);
    a = call(&l, "GET", "/storage/v1/b/bbb/o?prefix=d/&delimiter=/", NULL);
    assert_string_equal(at(a.json, "items.0.name"), "d/x.txt");
    answer_clear(&a);
    a = call(&l, "GET", "/storage/v1/b/bbb/o?delimiter=/", NULL);
    assert_string_equal(at(a.json, "prefixes.0"), "d/");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "DELETE", "/storage/v1/b/bbb/o/d%2Fx.txt?ifGenerationMatch=5", NULL), 412);
    assert_int_equal(call_status(&l, "DELETE", "/storage/v1/b/bbb/o/d%2Fx.txt", NULL), 204);
    assert_int_equal(call_status(&l, "GET", "/bbb/d/x.txt", NULL), 404);
    platform_stop(&l);
}

TEST(multipart_upload)
{
    static const char good[] =
        "--B\r\nContent-Type: application/json\r\n\r\n{\"name\": \"m\", \"crc32c\": \"4waSgw==\"}\r\n--B\r\n"
        "Content-Type: text/x\r\n\r\n123456789\r\n--B--\r\n";
    static const char wrong[] =
        "--B\r\n\r\n{\"name\": \"n\", \"crc32c\": \"AAAAAA==\"}\r\n--B\r\n\r\n123456789\r\n--B--";
    static const char typo[] = "--B\r\n\r\n{\"nam\": \"n\"}\r\n--B\r\n\r\n123456789\r\n--B--";
    static const char open[] = "--B\r\n\r\n{\"name\": \"n\"}\r\n--B\r\n\r\n123456789";
    static const char path[] = "/upload/storage/v1/b/bbb/o?uploadType=multipart";
    static const char type[] = "Content-Type: multipart/related; boundary=B";
    struct local l;
    struct answer a;

    platform_start(&l);
    bucket(&l);
    a = call_full(&l, "POST", path, type, good, sizeof(good) - 1, -1);
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "size"), "9");
    assert_string_equal(at(a.json, "contentType"), "text/x");
    answer_clear(&a);
    a = call_full(&l, "POST", path, type, wrong, sizeof(wrong) - 1, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = call_full(&l, "POST", path, type, typo, sizeof(typo) - 1, -1);
    assert_int_equal(a.status, 400);
    assert_non_null(strstr(at(a.json, "error.message"), "\"nam\""));
    answer_clear(&a);
    a = call_full(&l, "POST", path, type, open, sizeof(open) - 1, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = call_full(&l, "POST", path, "Content-Type: text/plain", good, sizeof(good) - 1, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = call(&l, "GET", "/bbb/m", NULL);
    assert_string_equal(a.text, "123456789");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", "/bbb/n", NULL), 404);
    platform_stop(&l);
}

/* As gcloud's library writes it: lines end with LF, and single quotes stand around the boundary. */
TEST(multipart_of_gcloud)
{
    static const char body[] =
        "--===7==\nContent-Type: application/json\nMIME-Version: 1.0\n\n{\"size\": \"9\"}\n--===7==\n"
        "Content-Type: application/x-tar\nContent-Transfer-Encoding: binary\n\n1234\r\n789\n--===7==--";
    struct local l;
    struct answer a;

    platform_start(&l);
    bucket(&l);
    a = call_full(&l, "POST", "/upload/storage/v1/b/bbb/o?alt=json&name=source%2Fg&uploadType=multipart",
                  "Content-Type: multipart/related; boundary='===7=='", body, sizeof(body) - 1, -1);
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "size"), "9");
    assert_string_equal(at(a.json, "contentType"), "application/x-tar");
    answer_clear(&a);
    a = call(&l, "GET", "/bbb/source/g", NULL);
    assert_string_equal(a.text, "1234\r\n789");
    answer_clear(&a);
    platform_stop(&l);
}

static char *begin_session(struct local *l, const char *name)
{
    CR_AUTO_FREE char *target = cr_format("/upload/storage/v1/b/bbb/o?uploadType=resumable&name=%s", name);
    struct answer a = call(l, "POST", target, "{}");
    char *path;

    assert_int_equal(a.status, 200);
    path = cr_strdup(strstr(a.location, "/upload/"));
    answer_clear(&a);
    return path;
}

static struct answer put(struct local *l, const char *session, const char *data, long first, long size, long total,
                         long keep)
{
    CR_AUTO_FREE char *range =
        size ? cr_format("bytes %ld-%ld/%ld", first, first + size - 1, total) : cr_format("bytes */%ld", total);
    CR_AUTO_FREE char *headers = cr_format("Content-Range: %s\nContent-Length: %ld", range, size);

    return call_full(l, "PUT", session, headers, data ? data + first : "", (size_t)size, keep);
}

/* What is kept of a chunk that was cut, and that the upload ends right from there: the cuts the storage service's own
 * conformance tests use, and around the granule. */
TEST(cut_uploads_resume)
{
    static const long cuts[] = {0, 1, GRANULE - 1, GRANULE, GRANULE + 1, 300000, 2 * GRANULE - 1, 2 * GRANULE};
    long total = 3 * GRANULE + 17;
    CR_AUTO_FREE char *data = cr_malloc((size_t)total);
    char want[9];
    struct local l;

    for (long i = 0; i < total; i++)
        data[i] = (char)(i * 31 + i / 1000);
    cr_crc32c_base64(cr_crc32c(0, data, (size_t)total), want);
    platform_start(&l);
    bucket(&l);
    for (size_t i = 0; i < CR_LEN(cuts); i++) {
        CR_AUTO_FREE char *session = begin_session(&l, "big"), *range = NULL;
        long kept = cuts[i] / GRANULE * GRANULE;
        struct answer a = put(&l, session, data, 0, 2 * GRANULE, total, cuts[i]);

        answer_clear(&a);
        a = put(&l, session, NULL, 0, 0, total, -1);
        assert_int_equal(a.status, 308);
        range = cr_format("bytes=0-%ld", kept - 1);
        if (kept)
            assert_string_equal(a.range, range);
        else
            assert_null(a.range);
        answer_clear(&a);
        a = put(&l, session, data, kept, total - kept, total, -1);
        assert_int_equal(a.status, 200);
        assert_string_equal(at(a.json, "crc32c"), want);
        answer_clear(&a);
        a = put(&l, session, NULL, 0, 0, total, -1); /* the answer again */
        assert_int_equal(a.status, 200);
        answer_clear(&a);
    }
    platform_stop(&l);
}

TEST(sessions_survive_a_restart_and_end)
{
    struct local l;
    CR_AUTO_FREE char *session = NULL, *data = cr_calloc(1, GRANULE);
    struct answer a;

    platform_start(&l);
    bucket(&l);
    session = begin_session(&l, "s");
    a = put(&l, session, data, 0, GRANULE, GRANULE + 1, -1);
    assert_int_equal(a.status, 308);
    answer_clear(&a);
    platform_again(&l);
    a = put(&l, session, NULL, 0, 0, GRANULE + 1, -1);
    assert_string_equal(a.range, "bytes=0-262143");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "DELETE", session, NULL), 499);
    a = put(&l, session, NULL, 0, 0, GRANULE + 1, -1);
    assert_int_equal(a.status, 404);
    answer_clear(&a);
    platform_stop(&l);
}

TEST(odd_chunks_are_refused)
{
    struct local l;
    CR_AUTO_FREE char *session = NULL, *data = cr_calloc(1, 2 * GRANULE);
    struct answer a;

    platform_start(&l);
    bucket(&l);
    session = begin_session(&l, "odd");
    a = put(&l, session, data, 0, 100, 1000, -1); /* not a multiple, not the last */
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = put(&l, session, data, GRANULE, GRANULE, 4 * GRANULE, -1); /* a hole */
    assert_int_equal(a.status, 503);
    answer_clear(&a);
    a = call_full(&l, "PUT", session, "Content-Range: bytes 0-x/1", "a", 1, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = call_full(&l, "PUT", session, "Content-Range: bytes 0-9/10\nContent-Length: 5", "aaaaa", 5, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = put(&l, session, NULL, 0, 0, 0, -1); /* an empty object ends here */
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "crc32c"), "AAAAAA==");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(ranges)
{
    static const struct {
        const char *text;
        int64_t total;
        enum local_range kind;
        int64_t from, size;
    } cases[] = {
        {NULL, 10, LOCAL_RANGE_ALL, 0, 0},         {"bytes=0-", 10, LOCAL_RANGE_PART, 0, 10},
        {"bytes=9-", 10, LOCAL_RANGE_PART, 9, 1},  {"bytes=10-", 10, LOCAL_RANGE_NONE, 0, 0},
        {"bytes=2-4", 10, LOCAL_RANGE_PART, 2, 3}, {"bytes=2-400", 10, LOCAL_RANGE_PART, 2, 8},
        {"bytes=-3", 10, LOCAL_RANGE_PART, 7, 3},  {"bytes=-30", 10, LOCAL_RANGE_PART, 0, 10},
        {"bytes=-0", 10, LOCAL_RANGE_NONE, 0, 0},  {"bytes=0-", 0, LOCAL_RANGE_NONE, 0, 0},
        {"bytes=4-2", 10, LOCAL_RANGE_ALL, 0, 0},  {"bytes=0-1,3-4", 10, LOCAL_RANGE_ALL, 0, 0},
        {"lines=0-1", 10, LOCAL_RANGE_ALL, 0, 0},  {"bytes=99999999999999999999-", 10, LOCAL_RANGE_ALL, 0, 0},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        int64_t from = 0, size = 0;

        assert_int_equal(local_range_parse(cases[i].text, cases[i].total, &from, &size), cases[i].kind);
        assert_int_equal(from, cases[i].from);
        assert_int_equal(size, cases[i].size);
    }
}

/* Bytes that are held stay, whatever comes in their place; the total may be said once. */
TEST(a_session_keeps_what_it_has)
{
    CR_AUTO_FREE char *data = cr_malloc(3 * GRANULE), *session = NULL, *next = NULL;
    struct local l;
    struct answer a;

    platform_start(&l);
    bucket(&l);
    memset(data, 'a', 3 * GRANULE);
    session = begin_session(&l, "keeps");
    a = put(&l, session, data, 0, 2 * GRANULE, 3 * GRANULE, -1);
    assert_int_equal(a.status, 308);
    answer_clear(&a);
    memset(data, 'b', 3 * GRANULE);
    a = put(&l, session, data, GRANULE, 2 * GRANULE, 4 * GRANULE, -1);
    assert_int_equal(a.status, 400); /* another total */
    answer_clear(&a);
    a = put(&l, session, data, 3 * GRANULE, 0, 4 * GRANULE, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    platform_again(&l);
    next = cr_strdup(session);
    a = put(&l, next, data, GRANULE, 2 * GRANULE, 3 * GRANULE, GRANULE + 5); /* cut among the new ones */
    answer_clear(&a);
    a = put(&l, next, data, 0, 0, 3 * GRANULE, -1);
    assert_int_equal(a.status, 308);
    assert_string_equal(a.range, "bytes=0-524287");
    answer_clear(&a);
    a = put(&l, next, data, GRANULE, 2 * GRANULE, 3 * GRANULE, -1);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    a = call(&l, "GET", "/bbb/keeps", NULL);
    assert_memory_equal(a.text, "aaaa", 4);
    assert_memory_equal(a.text + 2 * GRANULE - 1, "ab", 2);
    answer_clear(&a);
    platform_stop(&l);
}

TEST(a_session_expires_after_a_week)
{
    CR_AUTO_FREE char *session = NULL;
    struct local l;
    struct answer a;

    platform_start(&l);
    bucket(&l);
    session = begin_session(&l, "late");
    assert_int_equal(call_status(&l, "POST", "/local/auth", "{\"clockSkew\": 604801}"), 200);
    a = put(&l, session, NULL, 0, 0, 5, -1);
    assert_int_equal(a.status, 410);
    answer_clear(&a);
    platform_stop(&l);
}

static void put_object(struct local *l, const char *name, const char *bytes)
{
    CR_AUTO_FREE char *target = cr_format("/upload/storage/v1/b/bbb/o?uploadType=media&name=%s", name);

    assert_int_equal(call_status(l, "POST", target, bytes), 200);
}

TEST(objects_are_composed_rewritten_and_patched)
{
    static const char parts[] = "{\"sourceObjects\": [{\"name\": \"one\"}, {\"name\": \"two\"}]}";
    struct local l;
    struct answer a;

    platform_start(&l);
    bucket(&l);
    put_object(&l, "one", "hello ");
    put_object(&l, "two", "world\n");
    a = call(&l, "POST", "/storage/v1/b/bbb/o/both/compose?ifGenerationMatch=0", parts);
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "crc32c"), "8P9ykg==");
    assert_string_equal(at(a.json, "md5Hash"), "");
    assert_string_equal(at(a.json, "componentCount"), "2");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "POST", "/storage/v1/b/bbb/o/both/compose?ifGenerationMatch=0", parts), 412);
    assert_int_equal(call_status(&l, "POST", "/storage/v1/b/bbb/o/x/compose", "{\"sourceObjects\": []}"), 400);
    assert_int_equal(
        call_status(&l, "POST", "/storage/v1/b/bbb/o/x/compose", "{\"sourceObjects\": [{\"name\": \"none\"}]}"), 404);
    assert_int_equal(call_status(&l, "POST", "/storage/v1/b/bbb/o/x/compose",
                                 "{\"sourceObjects\": [{\"name\": \"one\", \"objectPreconditions\": "
                                 "{\"ifGenerationMatch\": \"1\"}}]}"),
                     412);
    a = call(&l, "POST", "/storage/v1/b/bbb/o/both/rewriteTo/b/bbb/o/copy%2Fof", "{}");
    assert_string_equal(at(a.json, "done"), "true");
    assert_string_equal(at(a.json, "resource.name"), "copy/of");
    assert_string_equal(at(a.json, "resource.size"), "12");
    answer_clear(&a);
    a = call(&l, "PATCH", "/storage/v1/b/bbb/o/one?ifMetagenerationMatch=1", "{\"metadata\": {\"k\": \"v\"}}");
    assert_string_equal(at(a.json, "metadata.k"), "v");
    assert_string_equal(at(a.json, "metageneration"), "2");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "PATCH", "/storage/v1/b/bbb/o/one?ifMetagenerationMatch=1", "{}"), 412);
    a = call(&l, "PATCH", "/storage/v1/b/bbb", "{\"labels\": {\"a\": \"b\"}}");
    assert_string_equal(at(a.json, "labels.a"), "b");
    assert_string_equal(at(a.json, "metageneration"), "2");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(a_list_comes_in_pages)
{
    static const char *const names[] = {"a", "b/1", "b/2", "c", "d/1"};
    static const char *const pages[][2] = {{"a", "b/"}, {"c", "d/"}};
    CR_AUTO_FREE char *token = cr_strdup("");
    struct local l;

    platform_start(&l);
    bucket(&l);
    for (size_t i = 0; i < CR_LEN(names); i++)
        put_object(&l, names[i], "x");
    for (size_t i = 0; i < CR_LEN(pages); i++) {
        CR_AUTO_FREE char *target = cr_format("/storage/v1/b/bbb/o?delimiter=/&maxResults=2&pageToken=%s", token);
        struct answer a = call(&l, "GET", target, NULL);

        assert_string_equal(at(a.json, "items.0.name"), pages[i][0]);
        assert_string_equal(at(a.json, "items.1.name"), "");
        assert_string_equal(at(a.json, "prefixes.0"), pages[i][1]);
        free(token);
        token = cr_strdup(at(a.json, "nextPageToken"));
        answer_clear(&a);
    }
    assert_string_equal(token, "");
    platform_stop(&l);
}

TEST(a_hash_in_a_header_is_compared)
{
    struct local l;
    struct answer a;
    static const char target[] = "/upload/storage/v1/b/bbb/o?uploadType=media&name=h";

    platform_start(&l);
    bucket(&l);
    a = call_full(&l, "POST", target, "X-Goog-Hash: crc32c=AAAAAA==", "123456789", 9, -1);
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = call_full(&l, "POST", target, "X-Goog-Hash: crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==", "123456789", 9, -1);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(a_session_keeps_what_it_has), cmocka_unit_test(a_session_expires_after_a_week),
          cmocka_unit_test(objects_are_composed_rewritten_and_patched), cmocka_unit_test(a_list_comes_in_pages),
          cmocka_unit_test(a_hash_in_a_header_is_compared), cmocka_unit_test(buckets),
          cmocka_unit_test(media_upload_and_download), cmocka_unit_test(multipart_upload),
          cmocka_unit_test(multipart_of_gcloud), cmocka_unit_test(cut_uploads_resume),
          cmocka_unit_test(sessions_survive_a_restart_and_end), cmocka_unit_test(odd_chunks_are_refused),
          cmocka_unit_test(ranges))
