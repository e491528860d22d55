/* The flow from edits to a service that runs, against scripted replies. */
#include "lib/test.h"

#include "lib/fake_http.h"

#include <unistd.h>

#include "base/auto.h"
#include "cli/deploy.h"
#include "gcp/json.h"

#define V2 "https://run.test/v2/"
#define IN(region) "projects/p/locations/" region "/services/s"
#define URL(region) V2 IN(region)
#define REVISIONS "https://run.test/apis/serving.knative.dev/v1/namespaces/p/revisions/"
#define READY "\"terminalCondition\":{\"type\":\"Ready\",\"state\":\"CONDITION_SUCCEEDED\"}"
#define LIVE(etag, image)                                                                                          \
    "{\"name\":\"" IN("a") "\",\"etag\":\"" etag                                                                   \
                           "\",\"ingress\":\"INGRESS_TRAFFIC_ALL\",\"latestCreatedRevision\":\"" IN(               \
                               "a") "/revisions/s-1\",\"template\":{\"containers\":[{\"image\":\"" image           \
                                    "\",\"ports\":[{\"containerPort\":8080}],"                                     \
                                    "\"resources\":{\"cpuIdle\":true}}]},\"traffic\":[{\"type\":\"TRAFFIC_TARGET_" \
                                    "ALLOCATION_TYPE_LATEST\","                                                    \
                                    "\"percent\":100}]," READY "}"
#define DONE(region) \
    "{\"name\":\"projects/p/locations/" region "/operations/o\",\"done\":true,\"response\":{\"uri\":\"u\"}}"
#define TEMPLATE "?updateMask=client%2CclientVersion%2Ctemplate"

struct fixture {
    struct fake_http f;
    FILE *nowhere;
    struct cmd c;
    struct cli_connection link;
    struct cli_deploy_args args;
    struct cli_deploy d;
};

static char dir[] = "/tmp/crdeploy-deploy-XXXXXX";

static void setup(struct fixture *x, const struct fake_step *steps, size_t n)
{
    memset(x, 0, sizeof(*x));
    fake_http_init(&x->f, steps, n);
    x->nowhere = fopen("/dev/null", "w");
    x->c.ui = ui_new(x->nowhere, false, "never");
    x->link.gcp = x->f.gcp;
    x->link.platform = cli_platform_find("managed");
    x->args.limits.none = true; /* places and names are short here */
    x->d = (struct cli_deploy){.c = &x->c, .args = &x->args, .link = &x->link, .id = "s", .project = "p"};
    memset(dir + strlen(dir) - 6, 'X', 6);
    assert_non_null(mkdtemp(dir));
    setenv("XDG_STATE_HOME", dir, 1);
}

static void end(struct fixture *x)
{
    CR_AUTO_FREE char *below = cr_format("%s/crdeploy", dir), *file = cr_format("%s/services.json", below);

    cli_deploy_clear(&x->d);
    ui_free(x->c.ui);
    fclose(x->nowhere);
    fake_http_end(&x->f);
    unlink(file);
    rmdir(below);
    rmdir(dir);
}

static void flag(struct fixture *x, enum cr_flag flag, const char *text)
{
    struct cr_error err = {0};

    assert_ok(cr_edits_add(&x->args.edits, flag, text, "--flag", &err), &err);
}

/* All of it: *err says how it ended. */
static int deploy(struct fixture *x, const char *region, struct cr_error *err)
{
    x->d.flags = x->args.edits;
    return cli_deploy_open(&x->d, region, err) < 0 || cli_deploy_read(&x->d, err) < 0 ||
                   cli_deploy_prepare(&x->d, err) < 0
               ? -1
               : cli_deploy_send(&x->d, err);
}

TEST(what_changed_meanwhile_is_read_and_edited_again)
{
    static const struct fake_step steps[] = {
        {"GET", URL("a"), .status = 200, .body = LIVE("1", "i@sha256:1")},
        {"PATCH", URL("a") TEMPLATE, .status = 409, .want_body = "\"etag\":\"1\""},
        {"GET", URL("a"), .status = 200, .body = LIVE("2", "i@sha256:2")},
        {"PATCH", URL("a") TEMPLATE, .status = 200, .body = DONE("a"), .want_body = "\"etag\":\"2\""},
    };
    struct fixture x;
    struct cr_error err = {0};

    setup(&x, steps, CR_LEN(steps));
    flag(&x, CR_FLAG_MEMORY, "2Gi");
    assert_ok(deploy(&x, "a", &err), &err);
    assert_non_null(strstr(x.f.sent[3].body, "i@sha256:2"));
    assert_non_null(strstr(x.f.sent[3].body, "\"2Gi\""));
    assert_string_equal(gcp_text_at(x.d.target[0].service, "uri"), "u");
    end(&x);
}

TEST(a_new_revision_runs_the_digest_that_runs)
{
    static const struct fake_step steps[] = {
        {"GET", URL("a"), .status = 200, .body = LIVE("1", "i:tag")},
        {"GET", REVISIONS "s-1", .status = 200, .body = "{\"status\":{\"imageDigest\":\"i@sha256:7\"}}"},
        {"PATCH", URL("a") TEMPLATE, .status = 200, .body = DONE("a"), .want_body = "\"i@sha256:7\""},
    };
    struct fixture x;
    struct cr_error err = {0};

    setup(&x, steps, CR_LEN(steps));
    x.d.update = true;
    flag(&x, CR_FLAG_MEMORY, "2Gi");
    assert_ok(deploy(&x, "a", &err), &err);
    end(&x);
}

/* A flag of the service alone makes no revision, so nothing of the image is asked; one that changes nothing is not
 * sent. */
TEST(only_what_changes_is_sent)
{
    static const struct fake_step steps[] = {
        {"GET", URL("a"), .status = 200, .body = LIVE("1", "i:tag")},
        {"PATCH", URL("a") "?updateMask=client%2CclientVersion%2Cingress", .status = 200, .body = DONE("a")},
        {"GET", URL("a"), .status = 200, .body = LIVE("1", "i:tag")},
    };
    struct fixture x;
    struct cr_error err = {0};

    setup(&x, steps, CR_LEN(steps));
    flag(&x, CR_FLAG_INGRESS, "internal");
    assert_ok(deploy(&x, "a", &err), &err);
    assert_null(strstr(x.f.sent[1].body, "template"));
    cli_deploy_clear(&x.d);
    x.args.edits.row[0].text = "all";
    assert_ok(deploy(&x, "a", &err), &err);
    end(&x);
}

TEST(access_that_is_refused_fails_no_deploy)
{
    static const struct fake_step steps[] = {
        {"GET", URL("a"), .status = 404},
        {"POST", V2 "projects/p/locations/a/services?serviceId=s", .status = 200, .body = DONE("a")},
        {"GET", URL("a") ":getIamPolicy?options.requestedPolicyVersion=3", .status = 200, .body = "{\"etag\":\"A\"}"},
        {"POST", URL("a") ":setIamPolicy", .status = 403},
    };
    struct fixture x;
    struct cr_error err = {0};

    setup(&x, steps, CR_LEN(steps));
    flag(&x, CR_FLAG_IMAGE, "i:tag");
    flag(&x, CR_FLAG_ALLOW_UNAUTHENTICATED, "true");
    assert_ok(deploy(&x, "a", &err), &err);
    assert_false(x.d.target[0].is_public);
    end(&x);
}

/* All are asked before any is changed; one that fails does not stop the other. */
TEST(regions_are_deployed_side_by_side)
{
#define CREATE(region) V2 "projects/p/locations/" region "/services?serviceId=s"
#define PENDING(region) "{\"name\":\"projects/p/locations/" region "/operations/o\"}"
#define POLL(region) V2 "projects/p/locations/" region "/operations/o"
    static const struct fake_step steps[] = {
        {"GET", URL("a"), .status = 404},
        {"GET", URL("b"), .status = 404},
        {"POST", CREATE("a") "&validateOnly=true", .status = 200, .body = "{}"},
        {"POST", CREATE("b") "&validateOnly=true", .status = 200, .body = "{}"},
        {"POST", CREATE("a"), .status = 200, .body = PENDING("a")},
        {"POST", CREATE("b"), .status = 400},
        {"GET", POLL("a"), .status = 200, .body = PENDING("a")},
        {"GET", POLL("a"), .status = 200, .body = DONE("a")},
    };
    struct fixture x;
    struct cr_error err = {0};

    setup(&x, steps, CR_LEN(steps));
    flag(&x, CR_FLAG_IMAGE, "i:tag");
    x.args.regions = "a,b,a";
    assert_int_equal(deploy(&x, "z", &err), -1);
    assert_string_equal(err.msg, "1 of 2 regions failed");
    assert_string_equal(gcp_text_at(x.d.target[0].service, "uri"), "u");
    assert_int_equal(x.d.target[0].err.code, CR_OK);
    assert_int_equal(x.d.target[1].err.code, CR_E_API);
    end(&x);
}

TEST_MAIN(cmocka_unit_test(what_changed_meanwhile_is_read_and_edited_again),
          cmocka_unit_test(a_new_revision_runs_the_digest_that_runs), cmocka_unit_test(only_what_changes_is_sent),
          cmocka_unit_test(access_that_is_refused_fails_no_deploy), cmocka_unit_test(regions_are_deployed_side_by_side))
