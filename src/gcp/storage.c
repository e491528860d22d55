#include "gcp/storage.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/pages.h"

/* Longest name a bucket can have; a longer default is simply refused by the service. */
char *gcp_bucket_default(const char *project)
{
    /* "elgoog" is as long as "google": the text never grows. */
    char *name = cr_format("%s_cloudbuild", project);

    for (char *p = name; *p; p++)
        if (*p == ':' || *p == '.')
            *p = '_';
    for (char *p = name; (p = strstr(p, "google"));)
        memcpy(p, "elgoog", 6);
    return name;
}

static int bucket_get(struct gcp *g, const char *bucket, json_t **meta, struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(bucket);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b/%s", part);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, meta,
                         "read the bucket", err);
}

static int foreign(const char *bucket, struct cr_error *err)
{
    cr_fail(err, CR_E_API, "the bucket '%s' belongs to another project", bucket);
    return cr_hint(err, "names of buckets are shared by everybody, and yours is taken; do not upload there: name a "
                        "bucket of your own, as with --gcs-source-staging-dir gs://BUCKET/source");
}

/* A new bucket: only IAM decides, and nothing in it can become public by mistake. 409 leaves *taken set. */
static int bucket_create(struct gcp *g, const char *project, const char *bucket, const char *location, bool *taken,
                         struct cr_error *err)
{
    static const int answers[] = {409, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *part = gcp_url_escape(project);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b?project=%s", part);
    CR_AUTO_FREE char *text = NULL;
    json_auto_t *body = json_pack("{s:s, s:{s:{s:b}, s:s}}", "name", bucket, "iamConfiguration",
                                  "uniformBucketLevelAccess", "enabled", 1, "publicAccessPrevention", "enforced");

    cr_oom_check(body);
    if (location)
        json_object_set_new(body, "location", json_string(location));
    text = cr_oom_check(json_dumps(body, JSON_COMPACT));
    /* Making it twice is as good as once: the second answer is 409, which is looked into. */
    if (gcp_call_answers(g,
                         &(struct gcp_request){.method = "POST",
                                               .url = url,
                                               .content_type = "application/json",
                                               .body = text,
                                               .body_len = strlen(text),
                                               .repeat = GCP_REPEAT_SAFE},
                         answers, &reply, "make the bucket", err) < 0)
        return -1;
    *taken = reply.status == 409;
    return 0;
}

/* The project's own list is the proof: a bucket of somebody else's with a guessable name never stands in it. */
static int is_owned(struct gcp *g, const char *project, const char *bucket, bool *owned, struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(project), *b = gcp_url_escape(bucket);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b?project=%s&prefix=%s", p, b);
    json_auto_t *list = NULL;
    bool found = false;
    json_t *row;
    size_t i;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, &list, "list the project's buckets",
                      err) < 0)
        return -1;
    json_array_foreach(json_object_get(list, "items"), i, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));

        found = found || (id && strcmp(id, bucket) == 0);
    }
    *owned = found;
    return 0;
}

static int check_owned(struct gcp *g, const char *project, const char *bucket, struct cr_error *err)
{
    bool owned;

    if (is_owned(g, project, bucket, &owned, err) < 0)
        return -1;
    return owned ? 0 : foreign(bucket, err);
}

int gcp_bucket_owner(struct gcp *g, const char *project, const char *bucket, enum gcp_bucket_owner *owner,
                     struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(bucket);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b/%s", part);
    static const int answers[] = {403, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    bool owned;

    /* Listed first: who may list the project's buckets need not be allowed to read one that is not its own. */
    if (is_owned(g, project, bucket, &owned, err) < 0)
        return -1;
    if (!owned && gcp_call_answers(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, answers,
                                   &reply, "read the bucket", err) < 0)
        return -1;
    *owner = owned ? GCP_BUCKET_OURS : reply.status == 404 ? GCP_BUCKET_MISSING : GCP_BUCKET_FOREIGN;
    return 0;
}

int gcp_bucket_ensure(struct gcp *g, const char *project, const char *bucket, const char *location, bool check_owner,
                      struct cr_error *err)
{
    json_auto_t *meta = NULL;
    bool taken = false;

    if (bucket_get(g, bucket, &meta, err) < 0)
        return -1;
    if (!meta && bucket_create(g, project, bucket, location, &taken, err) < 0)
        return -1;
    if (taken) { /* made meanwhile, by us or by somebody else: only the owner may read it */
        struct cr_error why = {0};

        if (bucket_get(g, bucket, &meta, &why) < 0 && why.code != CR_E_AUTH) {
            *err = why;
            return -1;
        }
        if (!meta)
            return foreign(bucket, err);
    }
    return check_owner ? check_owned(g, project, bucket, err) : 0;
}

int gcp_object_get(struct gcp *g, const char *bucket, const char *object, json_t **meta, struct cr_error *err)
{
    CR_AUTO_FREE char *b = gcp_url_escape(bucket), *o = gcp_url_escape(object);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s", b, o);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, meta,
                         "look for the object", err);
}

int gcp_object_list(struct gcp *g, const char *bucket, const char *prefix, json_t **objects, struct cr_error *err)
{
    CR_AUTO_FREE char *b = gcp_url_escape(bucket), *p = gcp_url_escape(prefix);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o?prefix=%s", b, p);

    return gcp_pages(g, url, "items", "list the objects", objects, err);
}

int gcp_object_delete(struct gcp *g, const char *bucket, const char *object, const char *generation,
                      struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *b = gcp_url_escape(bucket), *o = gcp_url_escape(object);
    CR_AUTO_FREE char *gen = gcp_url_escape(generation ? generation : "");
    CR_AUTO_FREE char *url =
        gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s%s%s", b, o, generation ? "?generation=" : "", gen);

    /* One generation goes once, whoever asks how often; the live one may meanwhile be another. */
    return gcp_call(g,
                    &(struct gcp_request){.method = "DELETE",
                                          .url = url,
                                          .missing_ok = true,
                                          .repeat = generation ? GCP_REPEAT_SAFE : GCP_REPEAT_NEVER},
                    &reply, "delete the object", err);
}
