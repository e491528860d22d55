/* Who may send requests to the APIs, seen from the wire: a server of its own, and bytes. */
#include "lib/test.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/str.h"
#include "lib/local_call.h"
#include "lib/raw_http.h"
#include "local/route.h"
#include "local/server.h"

static struct local l;
static struct local_server *server;
static struct cr_str seen;

static int setup(void **state)
{
    struct cr_error err = {0};

    (void)state;
    platform_start(&l);
    assert_ok(local_server_open(&l, 0, &server, &err), &err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    local_server_close(server);
    platform_stop(&l);
    return 0;
}

static char *answer_to(const char *request)
{
    return raw_send(l.port, request, strlen(request));
}

static int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static int see(const char *path, const struct stat *st, int type, struct FTW *at)
{
    struct cr_error err = {0};

    (void)type;
    (void)at;
    return cr_str_addf(&seen, &err, "%s %lld %lld.%09ld\n", path, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
                       st->st_mtim.tv_nsec);
}

/* All that the platform keeps: its files, and the faults that wait for a request. New. */
static char *everything(void)
{
    CR_AUTO_FREE char *faults = NULL;
    json_t *list = local_faults_list(&l.faults);
    struct cr_error err = {0};

    seen = (struct cr_str)CR_STR_INIT(1 << 20);
    assert_int_equal(nftw(l.state, see, 16, FTW_PHYS), 0);
    faults = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    assert_ok(cr_str_addf(&seen, &err, "%s stop %d\n", faults, local_stopping(&l)), &err);
    return cr_str_take(&seen);
}

static void arm_fault(void)
{
    json_t *row = json_pack("{s:s, s:s, s:i, s:i}", "match", "* /*", "action", "status", "status", 503, "times", 1000);
    struct cr_error err = {0};

    assert_ok(local_faults_add(&l.faults, row, &err), &err);
    json_decref(row);
}

static char *request_to(const struct local_row *row, const char *host, const char *token)
{
    return cr_format("%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nMetadata-Flavor: Google\r\n"
                     "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                     row->method, row->pattern, host, token);
}

TEST(every_route_refuses_a_foreign_host_and_does_nothing)
{
    CR_AUTO_FREE char *before = NULL, *after = NULL;

    arm_fault();
    before = everything();
    for (size_t i = 0; i < local_row_count; i++) {
        CR_AUTO_FREE char *request = request_to(&local_rows[i], "evil.example", l.token), *got = answer_to(request);

        if (status_of(got) != 421)
            fail_msg("asked:\n%s\ngot:\n%s", request, got);
    }
    after = everything();
    assert_string_equal(after, before);
    local_faults_drop(&l.faults);
    assert_true(local_row_count > 80);
}

/* What the case above could not tell from a server that answers 421 to everything. */
TEST(every_route_accepts_a_host_of_this_machine)
{
    for (size_t i = 0; i < local_row_count; i++) {
        CR_AUTO_FREE char *request = request_to(&local_rows[i], "127.0.0.1:8790", "wrong"), *got = answer_to(request);
        bool open = local_rows[i].flags & (LOCAL_NO_TOKEN | LOCAL_OWN_USER);
        int status = status_of(got);

        if (open ? status < 200 || status == 421 || status == 403 : status != 401)
            fail_msg("asked:\n%s\ngot:\n%s", request, got);
    }
}

TEST(every_route_refuses_a_web_page)
{
    static const char *const marks[] = {"Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site",
                                        "Sec-Fetch-Site: same-site"};
    CR_AUTO_FREE char *before = everything(), *after = NULL;

    for (size_t i = 0; i < local_row_count * CR_LEN(marks); i++) {
        const struct local_row *row = &local_rows[i / CR_LEN(marks)];
        CR_AUTO_FREE char *host = cr_format("localhost\r\n%s", marks[i % CR_LEN(marks)]);
        CR_AUTO_FREE char *request = request_to(row, host, l.token), *got = answer_to(request);

        if (status_of(got) != 403 || strstr(got, "Access-Control"))
            fail_msg("asked:\n%s\ngot:\n%s", request, got);
    }
    after = everything();
    assert_string_equal(after, before);
}

#define HEALTH "GET /local/health HTTP/1.1\r\n"
#define PAGE "GET /o/oauth2/v2/auth HTTP/1.1\r\nHost: localhost:8790\r\n"
#define SITE(site, mode, dest) "Sec-Fetch-Site: " site "\r\nSec-Fetch-Mode: " mode "\r\nSec-Fetch-Dest: " dest "\r\n"
#define HOST_400 "one valid Host header"

TEST(hosts_origins_and_sites)
{
    static const struct {
        const char *head;
        int status;
        const char *inside;
    } cases[] = {
        {HEALTH "Host: 127.0.0.1\r\n", 200, ""},
        {HEALTH "Host: localhost\r\n", 200, ""},
        {HEALTH "Host: LocalHost:8790\r\n", 200, ""},
        {HEALTH "Host: localhost.\r\n", 200, ""},
        {HEALTH "Host: localhost:\r\n", 200, ""},
        {HEALTH "Host: [::1]:8790\r\n", 200, ""},
        {HEALTH "Host: 169.254.169.254\r\n", 200, ""},
        {HEALTH "Host: metadata.google.internal\r\n", 200, ""},
        {HEALTH "Host: metadata.google.internal.:80\r\n", 200, ""},
        {HEALTH "Host: run.googleapis.com\r\n", 200, ""},
        {HEALTH "Host: us-central1-run.googleapis.com:443\r\n", 200, ""},
        {HEALTH "Host: accounts.google.com\r\n", 200, ""},
        {HEALTH "Host: evil.example\r\n", 421, "does not serve the host"},
        {HEALTH "Host: localhost.evil.example\r\n", 421, ""},
        {HEALTH "Host: 127.0.0.1.evil.example\r\n", 421, ""},
        {HEALTH "Host: run.googleapis.com.evil.example\r\n", 421, ""},
        {HEALTH "Host: evilgoogleapis.com\r\n", 421, ""},
        {HEALTH "Host: googleapis.com\r\n", 421, ""},
        {HEALTH "Host: .googleapis.com\r\n", 421, ""},
        {HEALTH "Host: mail.google.com\r\n", 421, ""},
        {HEALTH "Host: evil.localhost\r\n", 421, ""},
        {HEALTH "Host: 0.0.0.0\r\n", 421, ""},
        {HEALTH "Host: 127.1\r\n", 421, ""},
        {HEALTH "Host: [::]\r\n", 421, ""},
        {HEALTH "Host:\r\n", 400, HOST_400},
        {HEALTH "Host: .\r\n", 400, HOST_400},
        {HEALTH "Host: localhost evil.example\r\n", 400, HOST_400},
        {HEALTH "Host: localhost, evil.example\r\n", 400, HOST_400},
        {HEALTH "Host: localhost:8790:1\r\n", 400, HOST_400},
        {HEALTH "Host: localhost:http\r\n", 400, HOST_400},
        {HEALTH "Host: me@localhost\r\n", 400, HOST_400},
        {HEALTH "Host: localhost/evil\r\n", 400, HOST_400},
        {HEALTH "Host: [::1\r\n", 400, HOST_400},
        {HEALTH "Host: [localhost]\r\n", 400, HOST_400},
        {HEALTH "Host: localhost\r\nHost: localhost\r\n", 400, HOST_400},
        {HEALTH "Host: evil.example\r\nHost: localhost\r\n", 400, HOST_400},
        {HEALTH, 400, ""},
        {"GET /local/health HTTP/1.0\r\n", 400, HOST_400},
        {"GET /local/health HTTP/1.0\r\nHost: localhost\r\n", 200, ""},
        /* the authority of the target wins */
        {"GET http://localhost:1/local/health HTTP/1.1\r\nHost: evil.example\r\n", 200, ""},
        {"GET HTTP://storage.googleapis.com/local/health HTTP/1.1\r\nHost: x\r\n", 200, ""},
        {"GET https://storage.googleapis.com/local/health HTTP/1.1\r\nHost: x\r\n", 200, ""},
        {"GET http://evil.example/local/health HTTP/1.1\r\nHost: localhost\r\n", 421, ""},
        {"GET https://evil.example/local/health HTTP/1.1\r\nHost: localhost\r\n", 421, ""},
        {"GET http://localhost@evil.example/local/health HTTP/1.1\r\nHost: localhost\r\n", 400, HOST_400},
        {"GET http:///local/health HTTP/1.1\r\nHost: localhost\r\n", 400, HOST_400},
        {"GET http://localhost/local/health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400, HOST_400},
        /* what a browser sends with a request */
        {HEALTH "Host: localhost\r\n" SITE("none", "navigate", "document"), 200, ""},
        {HEALTH "Host: localhost\r\n" SITE("cross-site", "navigate", "document"), 403, "web page"},
        {HEALTH "Host: localhost\r\n" SITE("same-origin", "cors", "empty"), 403, "web page"},
        {HEALTH "Host: localhost\r\nOrigin: http://localhost\r\n", 403, "web page"},
        {HEALTH "Host: localhost\r\nOrigin:\r\n", 403, "web page"},
        {"OPTIONS /token HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
         "Access-Control-Request-Method: POST\r\n",
         403, "web page"},
        /* the page of a login */
        {PAGE, 400, "Access blocked"},
        {PAGE SITE("none", "navigate", "document"), 400, "Access blocked"},
        {PAGE SITE("same-origin", "navigate", "document"), 400, "Access blocked"},
        {PAGE SITE("cross-site", "navigate", "document"), 400, "Access blocked"},
        {PAGE "Origin: http://localhost:8790\r\n" SITE("same-origin", "navigate", "document"), 400, "Access blocked"},
        {PAGE "Origin: http://localhost:1\r\n", 403, "web page"},
        {PAGE "Origin: https://evil.example\r\n" SITE("cross-site", "navigate", "document"), 403, "web page"},
        {PAGE SITE("cross-site", "navigate", "iframe"), 403, "web page"},
        {PAGE SITE("cross-site", "no-cors", "image"), 403, "web page"},
        {PAGE SITE("same-site", "cors", "empty"), 403, "web page"},
        {"POST /o/oauth2/v2/auth HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nOrigin: http://localhost\r\n", 403,
         "web page"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *request = cr_format("%sConnection: close\r\n\r\n", cases[i].head);
        CR_AUTO_FREE char *got = answer_to(request);
        int status = strlen(got) > 9 ? (int)strtol(got + 9, NULL, 10) : 0;

        if (status != cases[i].status || !strstr(got, cases[i].inside))
            fail_msg("case %zu, expected %d:\n%s\ngot:\n%s", i, cases[i].status, request, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_refuses_a_foreign_host_and_does_nothing),
        cmocka_unit_test(every_route_accepts_a_host_of_this_machine),
        cmocka_unit_test(every_route_refuses_a_web_page),
        cmocka_unit_test(hosts_origins_and_sites),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, setup, teardown);
}
