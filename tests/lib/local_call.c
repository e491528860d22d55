#include "lib/test.h"

#include "lib/local_call.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "local/route.h"

static void open_platform(struct local *l, const char *dir)
{
    const char *build = getenv("BUILD");
    CR_AUTO_FREE char *server = cr_format("%s/tests/lib/tiny_server", build ? build : ".");
    struct cr_error err = {0};

    assert_ok(local_open(l, dir, LOCAL_RUNTIME_NONE, server, &err), &err);
    l->inline_jobs = true;
    snprintf(l->token, sizeof(l->token), "0123456789");
    l->port = 1;
}

void platform_start(struct local *l)
{
    char dir[] = "/tmp/local-test.XXXXXX";

    assert_non_null(mkdtemp(dir));
    open_platform(l, dir);
}

void platform_stop(struct local *l)
{
    CR_AUTO_FREE char *dir = cr_strdup(l->state);
    struct cr_error err = {0};

    local_close(l);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

void platform_again(struct local *l)
{
    CR_AUTO_FREE char *dir = cr_strdup(l->state);

    local_close(l);
    open_platform(l, dir);
}

static void add_headers(struct local_request *rq, const char *headers)
{
    CR_AUTO_FREE char *copy = cr_strdup(headers ? headers : "");
    char *save = NULL;

    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *colon = strchr(line, ':');

        *colon = '\0';
        local_pairs_add(&rq->headers, line, colon + 1 + strspn(colon + 1, " "));
    }
}

static void take(struct answer *a, struct local_reply *rp)
{
    const char *range = local_pairs_get(&rp->headers, "Range"), *location = local_pairs_get(&rp->headers, "Location");

    a->status = rp->status;
    a->json = json_incref(rp->json);
    a->range = range ? cr_strdup(range) : NULL;
    a->location = location ? cr_strdup(location) : NULL;
    if (rp->fd >= 0) {
        a->text = cr_calloc(1, (size_t)rp->size + 1);
        assert_int_equal(pread(rp->fd, a->text, (size_t)rp->size, rp->from), rp->size);
    } else if (rp->text) {
        a->text = cr_strndup(rp->text, rp->text_len);
    }
}

static void give_body(struct local_request *rq, const void *body, size_t len)
{
    if (rq->sink >= 0) {
        size_t known = (size_t)rq->skip < len ? (size_t)rq->skip : len;

        assert_int_equal(write(rq->sink, (const char *)body + known, len - known), (ssize_t)(len - known));
    } else if (len) {
        rq->text = cr_strndup(body, len);
        rq->text_len = strlen(rq->text);
    }
    rq->received = rq->sunk = (int64_t)len;
}

struct answer call_full(struct local *l, const char *method, const char *target, const char *headers, const void *body,
                        size_t len, long keep)
{
    struct local_request rq;
    struct local_reply rp;
    struct answer a = {0};
    const struct local_row *row;

    local_request_init(&rq, method, target);
    local_reply_init(&rp);
    if (!headers || !strstr(headers, "Authorization:"))
        local_pairs_add(&rq.headers, "Authorization", "Bearer 0123456789");
    add_headers(&rq, headers);
    row = local_begin(l, &rq, true, &rp);
    if (row) {
        give_body(&rq, body, keep >= 0 ? (size_t)keep : len);
        rq.cut = keep >= 0;
        local_finish(l, row, &rq, &rp);
    }
    take(&a, &rp);
    local_request_clear(&rq);
    local_reply_clear(&rp);
    return a;
}

struct answer call(struct local *l, const char *method, const char *target, const char *body)
{
    return call_full(l, method, target, NULL, body, body ? strlen(body) : 0, -1);
}

void answer_clear(struct answer *a)
{
    json_decref(a->json);
    free(a->text);
    free(a->range);
    free(a->location);
    *a = (struct answer){0};
}

int call_status(struct local *l, const char *method, const char *target, const char *body)
{
    struct answer a = call(l, method, target, body);
    int status = a.status;

    answer_clear(&a);
    return status;
}

const char *at(const json_t *json, const char *path)
{
    static char text[4096];
    CR_AUTO_FREE char *copy = cr_strdup(path);
    const json_t *here = json;
    char *save = NULL;

    for (char *part = strtok_r(copy, ".", &save); part; part = strtok_r(NULL, ".", &save))
        here = json_is_array(here) ? json_array_get(here, strtoul(part, NULL, 10)) : json_object_get(here, part);
    if (json_is_string(here))
        snprintf(text, sizeof(text), "%s", json_string_value(here));
    else if (json_is_integer(here))
        snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(here));
    else
        snprintf(text, sizeof(text), "%s", json_is_true(here) ? "true" : "");
    return text;
}

static void add_file(struct archive *a, const char *name, const char *content)
{
    struct archive_entry *e = archive_entry_new();

    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, (la_int64_t)strlen(content));
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_write_header(a, e);
    archive_write_data(a, content, strlen(content));
    archive_entry_free(e);
}

void platform_image(struct local *l, const char *name, const char *file)
{
    static char bytes[65536];
    struct archive *a = archive_write_new();
    CR_AUTO_FREE char *image = cr_format("us-central1-docker.pkg.dev/p/r/%s", name), *body = NULL;
    size_t used = 0;
    struct answer r;

    archive_write_add_filter_gzip(a);
    archive_write_set_format_pax_restricted(a);
    archive_write_open_memory(a, bytes, sizeof(bytes), &used);
    add_file(a, "Dockerfile", "FROM scratch\n# crdeploy-local-none: say built\n");
    add_file(a, file ? file : "model", name);
    archive_write_close(a);
    archive_write_free(a);
    (void)call_status(l, "POST", "/storage/v1/b?project=p", "{\"name\": \"sources\"}");
    r = call_full(l, "POST", "/upload/storage/v1/b/sources/o?uploadType=media&name=x.tgz", NULL, bytes, used, -1);
    assert_int_equal(r.status, 200);
    answer_clear(&r);
    body = cr_format(
        "{\"source\": {\"storageSource\": {\"bucket\": \"sources\", \"object\": \"x.tgz\"}}, \"steps\": [{\"name\": "
        "\"gcr.io/cloud-builders/docker\", \"args\": [\"build\", \"-t\", \"%s\", \".\"]}], \"images\": [\"%s\"], "
        "\"tags\": [\"a-test\"]}",
        image, image);
    r = call(l, "POST", "/v1/projects/p/locations/global/builds", body);
    assert_int_equal(r.status, 200);
    answer_clear(&r);
}
