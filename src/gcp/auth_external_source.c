/* Subject tokens that lie somewhere: in a file, or at a web address. */
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "gcp/auth_external.h"
#include "gcp/auth_oauth.h"

enum { MAX_TOKEN = 1 << 20, ANSWER_MS = 30000 };

/* Text as it is, or one field of JSON; white space around a token is never part of it. */
static int by_format(const struct gcp_subject *s, const char *where, const char *text, char **token,
                     struct cr_error *err)
{
    const json_t *format = json_object_get(s->source, "format");
    const char *type = json_string_value(json_object_get(format, "type"));
    const char *field = json_string_value(json_object_get(format, "subject_token_field_name")), *from = text;
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    size_t n;

    if (type && strcmp(type, "json") == 0) {
        if (!field)
            return cr_fail(err, CR_E_AUTH, "'%s' has format json without a subject_token_field_name", s->name);
        doc = json_loads(text, 0, NULL);
        from = json_string_value(json_object_get(doc, field));
        if (!from) {
            cr_fail(err, CR_E_AUTH, "what '%s' gives has no field '%s'", where, field);
            return cr_hint(err, "the credential file '%.200s' names the field in credential_source.format", s->name);
        }
    } else if (type && strcmp(type, "text") != 0) {
        return cr_fail(err, CR_E_AUTH, "'%s' has the format '%s'; it may be text or json", s->name, type);
    }
    from += strspn(from, " \t\r\n");
    n = strlen(from);
    while (n && strchr(" \t\r\n", from[n - 1]))
        n--;
    if (!n) {
        cr_fail(err, CR_E_AUTH, "'%s' gives an empty token", where);
        return cr_hint(err, "the credential file '%.200s' names it as its credential_source", s->name);
    }
    *token = cr_strndup(from, n);
    return 0;
}

int gcp_subject_file(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    const char *path = json_string_value(json_object_get(s->source, "file"));
    char *text = NULL;
    int rc;

    if (cr_file_read(path, MAX_TOKEN, &text, NULL, err) < 0) {
        err->code = CR_E_AUTH;
        cr_hint(err, "the credential file '%.200s' says that the foreign token is there", s->name);
        return -1;
    }
    rc = by_format(s, path, text, token, err);
    gcp_secret_wipe(&text);
    return rc;
}

/* A machine's own metadata is one hop away: a proxy would not find it, or would see the answer. */
static bool link_local(const char *url)
{
    return strncmp(url, "http://169.254.", 15) == 0 || strncmp(url, "http://[fd00:ec2::254]", 22) == 0;
}

static int check_url(const struct gcp_subject *s, const char *url, struct cr_error *err)
{
    bool good = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;

    for (const char *p = url; good && *p; p++)
        good = *p > ' ' && *p <= '~';
    if (good)
        return 0;
    cr_fail(err, CR_E_AUTH, "'%.200s' in '%s' is no web address", url, s->name);
    return cr_hint(err, "make the file again: gcloud iam workload-identity-pools create-cred-config");
}

int gcp_subject_fetch(const struct gcp_subject *s, const char *method, const char *url,
                      const struct gcp_header *headers, char **text, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(MAX_TOKEN);

    if (check_url(s, url, err) < 0)
        return -1;
    if (s->env->http->send(s->env->http,
                           &(struct gcp_request){.method = method,
                                                 .url = url,
                                                 .headers = headers,
                                                 .timeout_ms = ANSWER_MS,
                                                 .direct = link_local(url),
                                                 .secret_url = true},
                           &reply, err) < 0)
        return cr_wrap(err, "cannot get the foreign token of '%s'", s->name);
    if (reply.status != 200) {
        cr_fail(err, CR_E_AUTH, "cannot get the foreign token of '%s': '%.*s' answered HTTP %d", s->name,
                (int)strcspn(url, "?"), url, reply.status);
        return cr_hint(err, "the address is in the file's credential_source; is this the machine it is for?");
    }
    *text = cr_str_take(&reply.body);
    return 0;
}

int gcp_subject_url(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    const char *url = json_string_value(json_object_get(s->source, "url")), *key;
    struct gcp_header headers[9] = {{0}};
    json_t *value;
    char *text = NULL;
    size_t n = 0;
    int rc;

    json_object_foreach(json_object_get(s->source, "headers"), key, value)
    {
        if (n < CR_LEN(headers) - 1 && json_is_string(value) && !strpbrk(key, "\r\n:") &&
            !strpbrk(json_string_value(value), "\r\n"))
            headers[n++] = (struct gcp_header){key, json_string_value(value)};
    }
    if (gcp_subject_fetch(s, "GET", url, headers, &text, err) < 0)
        return -1;
    rc = by_format(s, url, text, token, err);
    gcp_secret_wipe(&text);
    return rc;
}

static int by_kind(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    const json_t *o = s->source;
    bool file = json_is_string(json_object_get(o, "file")), url = json_is_string(json_object_get(o, "url"));

    if (s->type && strcmp(s->type, GCP_SUBJECT_AWS) == 0)
        return gcp_subject_aws(s, token, err);
    if (json_object_get(o, "executable"))
        return gcp_subject_exec(s, token, err);
    if (json_object_get(o, "certificate")) {
        cr_fail(err, CR_E_AUTH, "'%s' vouches with a client certificate, which crdeploy cannot", s->name);
        return cr_hint(err, "let gcloud get the token: CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)");
    }
    if (file != url)
        return file ? gcp_subject_file(s, token, err) : gcp_subject_url(s, token, err);
    cr_fail(err, CR_E_AUTH, "the credential_source of '%s' must name either a file or a url", s->name);
    return cr_hint(err, "make it again: gcloud iam workload-identity-pools create-cred-config");
}

/* Much of what is told is quoted from the credential file, which comes from others: nothing of it steers a terminal. */
static void tame(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = '?';
}

int gcp_subject_token(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    if (by_kind(s, token, err) == 0)
        return 0;
    tame(err->msg);
    tame(err->hint);
    return -1;
}
