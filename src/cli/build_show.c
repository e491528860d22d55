#include "cli/build_show.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/build_input.h"
#include "core/archive_list.h"
#include "core/secret.h"
#include "gcp/call.h"
#include "gcp/endpoints.h"
#include "gcp/registry.h"

enum { LARGEST = 10 };

/* ---- --plan ---- */

struct totals {
    int64_t files, dirs, links, bytes, packed;
};

static int count_packed(void *ud, const void *bytes, size_t n, struct cr_error *err)
{
    (void)bytes;
    (void)err;
    *(int64_t *)ud += (int64_t)n;
    return 0;
}

static int add_up(const struct cli_job *job, struct totals *t, struct cr_error *err)
{
    struct stat st;

    for (size_t i = 0; i < job->context.len; i++) {
        const struct cr_entry *e = &job->context.entry[i];

        t->files += e->kind == CR_ENTRY_FILE || e->kind == CR_ENTRY_BYTES;
        t->dirs += e->kind == CR_ENTRY_DIR;
        t->links += e->kind == CR_ENTRY_LINK;
        t->bytes += e->size;
    }
    if (job->context.len)
        return cr_context_pack(&job->context, count_packed, &t->packed, err);
    if (job->kind == CR_SOURCE_ARCHIVE && stat(job->ask.source, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", job->ask.source, strerror(errno));
    if (job->kind == CR_SOURCE_ARCHIVE)
        *t = (struct totals){.files = 1, .bytes = st.st_size, .packed = st.st_size};
    return 0;
}

static int by_size(const void *a, const void *b)
{
    const struct cr_entry *x = *(const struct cr_entry *const *)a, *y = *(const struct cr_entry *const *)b;

    return x->size == y->size ? strcmp(x->path, y->path) : x->size < y->size ? 1 : -1;
}

/* The largest files, largest first. New. */
static json_t *largest(const struct cr_context *ctx)
{
    CR_AUTO_FREE const struct cr_entry **list = cr_calloc(ctx->len, sizeof(*list));
    json_t *rows = json_array();

    for (size_t i = 0; i < ctx->len; i++)
        list[i] = &ctx->entry[i];
    if (ctx->len)
        qsort(list, ctx->len, sizeof(*list), by_size);
    for (size_t i = 0; i < ctx->len && i < LARGEST && list[i]->size; i++)
        json_array_append_new(
            rows, json_pack("{s:o, s:I}", "path", cmd_text_json(list[i]->path), "size", (json_int_t)list[i]->size));
    return rows;
}

static json_t *dropped(const struct cr_drops *drops)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < drops->len; i++) {
        const struct cr_drop *d = &drops->row[i];

        json_array_append_new(rows, json_pack("{s:o, s:o, s:I, s:I}", "place", cmd_text_json(d->place), "pattern",
                                              cmd_text_json(d->pattern), "files", (json_int_t)d->files, "bytes",
                                              (json_int_t)d->bytes));
    }
    return rows;
}

static json_t *secrets_json(const struct cr_problems *problems)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < problems->len; i++)
        json_array_append_new(rows, json_pack("{s:o, s:s, s:b}", "path", cmd_text_json(problems->row[i].place), "what",
                                              problems->row[i].msg, "allowed", problems->row[i].warning));
    return rows;
}

static json_t *plan_json(const struct cli_job *job, const struct totals *t, const struct cr_problems *secrets)
{
    json_t *doc = json_pack("{s:s?, s:s?, s:s?, s:s?, s:{s:I, s:I, s:I, s:I, s:I}}", "image", job->image, "bucket",
                            job->bucket, "object", job->object, "sha256", *job->sha256 ? job->sha256 : NULL, "totals",
                            "files", (json_int_t)t->files, "directories", (json_int_t)t->dirs, "links",
                            (json_int_t)t->links, "bytes", (json_int_t)t->bytes, "compressed", (json_int_t)t->packed);

    json_object_set_new(doc, "largest", largest(&job->context));
    json_object_set_new(doc, "dropped", dropped(&job->drops));
    json_object_set_new(doc, "secrets", secrets_json(secrets));
    return doc;
}

static void plan_text(FILE *out, const json_t *doc)
{
    const json_t *totals = json_object_get(doc, "totals");
    char size[24], packed[24];
    json_t *row;
    size_t i;
#define N(object, key) ((int64_t)json_integer_value(json_object_get(object, key)))
#define T(object, key) json_string_value(json_object_get(object, key))

    ui_size(N(totals, "bytes"), size);
    ui_size(N(totals, "compressed"), packed);
    fprintf(out, "%" PRId64 " files, %" PRId64 " directories, %" PRId64 " links: %s, %s compressed\n",
            N(totals, "files"), N(totals, "directories"), N(totals, "links"), size, packed);
    if (T(doc, "object"))
        fprintf(out, "to gs://%s/%s\n", T(doc, "bucket"), T(doc, "object"));
    if (json_array_size(json_object_get(doc, "largest")))
        fputs("\nlargest\n", out);
    json_array_foreach(json_object_get(doc, "largest"), i, row)
    {
        ui_size(N(row, "size"), size);
        fprintf(out, "  %10s  %s\n", size, T(row, "path"));
    }
    if (json_array_size(json_object_get(doc, "dropped")))
        fputs("\nstays behind\n", out);
    json_array_foreach(json_object_get(doc, "dropped"), i, row)
    {
        ui_size(N(row, "bytes"), size);
        fprintf(out, "  %10s  %" PRId64 " file%s by '%s' (%s)\n", size, N(row, "files"),
                N(row, "files") == 1 ? "" : "s", T(row, "pattern"), T(row, "place"));
    }
    if (json_array_size(json_object_get(doc, "secrets")))
        fputs("\nsecrets\n", out);
    json_array_foreach(json_object_get(doc, "secrets"), i, row)
        fprintf(out, "  %s: %s\n", T(row, "path"), T(row, "what"));
#undef N
#undef T
}

int cli_build_plan(struct cmd *c, struct cli_job *job, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems secrets = {0};
    struct totals t = {0};
    json_auto_t *doc = NULL;

    job->ask.count = true;
    if (cli_build_prepare(c, job, false, err) < 0 || add_up(job, &t, err) < 0 ||
        cr_secrets_find(&job->context, job->ask.allow_secrets, &secrets, err) < 0)
        return -1;
    doc = plan_json(job, &t, &secrets);
    if (!c->json)
        plan_text(c->out, doc);
    else if (cmd_json(c, json_incref(doc), err) < 0)
        return -1;
    return cmd_problems(c, &secrets, job->ask.source ? job->ask.source : ".", err);
}

/* ---- --dry-run ---- */

static void request(json_t *list, const char *method, char *url, json_t *body)
{
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:o}", "method", method, "url", url, "body", body ? body : json_null()));
    free(url);
}

/* The bucket that is looked for, and for a default one whose it is. */
static void bucket_requests(json_t *list, const struct gcp *g, const struct cli_job *job)
{
    CR_AUTO_FREE char *b = gcp_url_escape(job->bucket);
    CR_AUTO_FREE char *p = gcp_url_escape(cr_plan_text(&job->plan, CR_KEY_PROJECT));

    request(list, "GET", gcp_url(g, GCP_STORAGE, "storage/v1/b/%s", b), NULL);
    if (job->own_bucket)
        request(list, "GET", gcp_url(g, GCP_STORAGE, "storage/v1/b?project=%s&prefix=%s", p, b), NULL);
}

static int upload_requests(json_t *list, const struct gcp *g, const struct cli_job *job, struct cr_error *err)
{
    CR_AUTO_FREE char *b = gcp_url_escape(job->bucket), *o = gcp_url_escape(job->object), *fb = NULL, *fo = NULL;
    json_t *entries = NULL;

    if (job->kind == CR_SOURCE_OBJECT) {
        CR_AUTO_FREE char *bucket = NULL, *object = NULL;

        if (cr_gs_parse(job->ask.source, &bucket, &object, err) < 0)
            return -1;
        fb = gcp_url_escape(bucket);
        fo = gcp_url_escape(object);
        request(list, "POST", gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s/rewriteTo/b/%s/o/%s", fb, fo, b, o), NULL);
        return 0;
    }
    if (job->kind == CR_SOURCE_ARCHIVE) {
        if (cr_archive_list(job->ask.source, &entries, err) < 0)
            return -1;
    } else {
        entries = cr_source_listing(&job->context);
    }
    request(list, "GET", gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s", b, o), NULL);
    request(list, "POST",
            gcp_url(g, GCP_STORAGE, "upload/storage/v1/b/%s/o?uploadType=resumable&ifGenerationMatch=0&name=%s", b, o),
            json_pack("{s:{s:s}, s:o}", "metadata", "name", job->object, "archive", entries));
    return 0;
}

/* The repository that is looked for; of a name outside of Artifact Registry there is none. */
static void repository_request(json_t *list, const struct gcp *g, const struct cli_job *job)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    struct cr_error foreign = {0};

    if (job->image && gcp_image_parse(job->image, &image, &foreign) == 0)
        request(list, "GET",
                gcp_url(g, GCP_REGISTRY, "v1/projects/%s/locations/%s/repositories/%s", image.project, image.location,
                        image.repository),
                NULL);
}

static void build_request(json_t *list, const struct gcp *g, const struct cli_job *job)
{
    CR_AUTO_FREE char *p = gcp_url_escape(cr_plan_text(&job->plan, CR_KEY_PROJECT));

    request(list, "POST", gcp_url(g, GCP_BUILD, "v1/projects/%s/locations/%s/builds", p, job->location),
            cli_build_body(job, NULL));
}

int cli_build_dry_run(struct cmd *c, struct cli_job *job, struct cr_error *err)
{
    json_auto_t *list = json_array();
    GCP_AUTO struct gcp g = {0};
    json_t *row;
    size_t i;

    gcp_init(&g, NULL, NULL, NULL);
    if (gcp_endpoints_set(&g, NULL, cli_getenv, NULL, err) < 0 || cli_build_prepare(c, job, true, err) < 0)
        return -1;
    if (job->object) {
        bucket_requests(list, &g, job);
        if (upload_requests(list, &g, job, err) < 0)
            return -1;
    }
    repository_request(list, &g, job);
    build_request(list, &g, job);
    if (c->json)
        return cmd_json(c, json_pack("{s:O}", "requests", list), err);
    json_array_foreach(list, i, row)
    {
        CR_AUTO_FREE char *text = json_dumps(json_object_get(row, "body"), JSON_INDENT(2) | JSON_ENCODE_ANY);

        fprintf(c->out, "%s %s\n%s%s", json_string_value(json_object_get(row, "method")),
                json_string_value(json_object_get(row, "url")), json_is_null(json_object_get(row, "body")) ? "" : text,
                json_is_null(json_object_get(row, "body")) ? "" : "\n");
    }
    return 0;
}
