/* The log of requests, a file a revision, however many revisions there are in the life of a platform. */
#include "lib/test.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "local/ingress_loop.h"
#include "local/revision_log.h"

#define REQUEST "GET /x HTTP/1.1\r\nHost: svc.localhost\r\n\r\n"

enum { REVISIONS = 100, OPEN_MOST = 40 };

static void ask(struct local_ingress *in, int revision, int status)
{
    struct local_conn c = {.in = in, .client = {.fd = -1}};
    struct local_head h = {0};

    snprintf(c.choice.revision, sizeof(c.choice.revision), "svc/svc-%05d-abc", revision);
    assert_int_equal(local_head_request(&h, REQUEST, strlen(REQUEST)), 0);
    local_request_log_begin(&c, &h);
    local_request_log_end(&c, status);
    local_request_log_end(&c, 500); /* once is enough */
}

static size_t open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

TEST(many_revisions_do_not_hold_many_files_open)
{
    char dir[] = "/tmp/crdeploy-test-XXXXXX";
    struct local_ingress in = {.o.state_dir = mkdtemp(dir)};
    size_t before = open_files();
    struct cr_error err = {0};

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < REVISIONS; i++)
            ask(&in, i, 200 + round);
    assert_true(open_files() > before);
    assert_true(open_files() < before + OPEN_MOST);
    local_request_log_close(&in);
    assert_int_equal(open_files(), before);
    for (int i = 0; i < REVISIONS; i++) {
        CR_AUTO_FREE char *name = cr_format("svc/svc-%05d-abc", i), *path = local_log_requests_path(dir, name);
        CR_AUTO_FREE char *text = NULL;

        assert_ok(cr_file_read(path, 65536, &text, NULL, &err), &err);
        assert_non_null(strstr(text, "\"status\":200"));
        assert_non_null(strstr(text, "\"status\":201"));
        assert_null(strstr(text, "\"status\":500"));
    }
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST_MAIN(cmocka_unit_test(many_revisions_do_not_hold_many_files_open))
