#include "lib/test.h"

#include "lib/ingress_fixture.h"

#include <string.h>

#include "base/auto.h"

struct local_fixture fixture;
struct local_ingress *ingress;

void ingress_route(const char *service, const char *revision, bool open, int concurrency, int64_t timeout_ms)
{
    const struct local_target t = {revision, NULL, 100, concurrency, timeout_ms};
    struct cr_error err = {0};

    assert_ok(local_ingress_route(ingress, service, open, &t, 1, &err), &err);
}

void ingress_add(const char *service, const char *revision, json_t *more)
{
    json_t *template = local_fixture_template(more);
    struct cr_error err = {0};

    assert_ok(local_instances_add(fixture.set, service, revision, template, &err), &err);
    json_decref(template);
}

void ingress_start(struct local_ingress_opt opt)
{
    struct cr_error err = {0};

    local_fixture_open(&fixture, 0);
    opt.token = TOKEN;
    opt.instances = fixture.set;
    opt.queue_ms = 300;
    assert_ok(local_ingress_open(&opt, &ingress, &err), &err);
    ingress_add("svc", "svc-00001-abc", NULL);
    ingress_route("svc", "svc-00001-abc", true, 80, 5000);
}

void ingress_stop(void)
{
    local_ingress_close(ingress);
    local_fixture_close(&fixture);
}

char *ingress_ask(const char *request)
{
    return raw_send(local_ingress_port(ingress), request, strlen(request));
}

void ingress_expect(const char *request, const char *start, const char *inside)
{
    CR_AUTO_FREE char *got = ingress_ask(request);

    if (strncmp(got, start, strlen(start)) != 0 || !strstr(got, inside))
        fail_msg("asked:\n%s\ngot:\n%s", request, got);
}
