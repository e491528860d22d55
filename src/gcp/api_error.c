#include "gcp/api_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/advice.h"

enum { TEXT = GCP_FACTS_TEXT };

/* Copies text of unknown origin: one line, no control characters, cut between characters. Not UTF-8: not copied as
 * such. */
static void clean(const char *text, size_t n, bool utf8, char out[TEXT])
{
    size_t to = 0;

    for (size_t i = 0; i < n && to < TEXT - 1; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 32 || c == 127)
            c = ' ';
        else if (c >= 128 && !utf8)
            c = '?';
        if (c == ' ' && (!to || out[to - 1] == ' '))
            continue;
        out[to++] = (char)c;
    }
    if (to == TEXT - 1) /* cut: drop the bytes of a character that may not be whole */
        while (to && ((unsigned char)out[to - 1] & 0xC0) == 0x80)
            to--;
    if (to && (unsigned char)out[to - 1] >= 0xC0)
        to--;
    while (to && (out[to - 1] == ' ' || out[to - 1] == '.'))
        to--;
    out[to] = '\0';
}

static void take(const json_t *value, struct gcp_facts *f)
{
    if (json_is_string(value))
        clean(json_string_value(value), json_string_length(value), true, f->message);
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s && *s ? s : NULL;
}

/* A name that goes into advice, perhaps into a command: NULL when it is anything but a plain word. */
static const char *word_at(const json_t *object, const char *key)
{
    const char *s = text_at(object, key);
    size_t n = s ? strlen(s) : 0;

    return n && n < 256 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@-") == n
               ? s
               : NULL;
}

/* details[]: ErrorInfo gives reason and metadata; BadRequest's first violation belongs into the message. */
/* The message often says it already, with or without its full stop. */
static void add_violation(const char *field, const char *why, struct gcp_facts *f)
{
    size_t n = strlen(why);
    CR_AUTO_FREE char *both = NULL;

    n -= n && why[n - 1] == '.';
    if (memmem(f->message, strlen(f->message), why, n))
        return;
    both = cr_format("%s (%s: %s)", f->message, field, why);
    clean(both, strlen(both), true, f->message);
}

static void read_details(const json_t *details, struct gcp_facts *f)
{
    size_t i;
    json_t *row;

    json_array_foreach(details, i, row)
    {
        const json_t *meta = json_object_get(row, "metadata");
        const json_t *violation = json_array_get(json_object_get(row, "fieldViolations"), 0);
        const char *field = text_at(violation, "field"), *why = text_at(violation, "description");

        if (text_at(row, "reason")) {
            f->reason = text_at(row, "reason");
            f->permission = word_at(meta, "permission");
            f->service = word_at(meta, "service");
            f->consumer = word_at(meta, "consumer");
            f->resource = word_at(meta, "resource");
            f->perimeter = word_at(meta, "vpcServiceControlsUniqueIdentifier");
        }
        if (word_at(row, "retryDelay"))
            f->retry = word_at(row, "retryDelay");
        if (field && why)
            add_violation(field, why, f);
    }
}

static void read_json(const json_t *doc, struct gcp_facts *f)
{
    const json_t *error = json_object_get(doc, "error");

    if (json_is_array(doc)) /* a streaming API wraps its error in an array */
        error = json_object_get(json_array_get(doc, 0), "error");
    if (json_is_object(error)) {
        take(json_object_get(error, "message"), f);
        f->reason = text_at(json_array_get(json_object_get(error, "errors"), 0), "reason");
        read_details(json_object_get(error, "details"), f);
        if (!*f->message)
            take(json_object_get(error, "status"), f);
    } else if (json_is_string(error)) { /* OAuth */
        take(json_object_get(doc, "error_description"), f);
        if (!*f->message)
            take(error, f);
        f->reason = json_string_value(error);
    } else { /* Kubernetes, or something that has at least a message */
        take(json_object_get(doc, "message"), f);
        f->reason = text_at(doc, "reason");
    }
}

/* A body that is no JSON: the title of a page, or its first words. */
static void read_text(const char *body, size_t len, struct gcp_facts *f)
{
    const char *title = memmem(body, len, "<title>", 7), *end;

    if (title) {
        title += 7;
        end = memmem(title, len - (size_t)(title - body), "</title>", 8);
        if (end)
            clean(title, (size_t)(end - title), false, f->message);
    } else if (!len || body[0] != '<') {
        clean(body, len > 200 ? 200 : len, false, f->message);
    }
}

static enum cr_code code_of(int status)
{
    if (status == 401 || status == 403)
        return CR_E_AUTH;
    return status == 408 || status == 429 || status >= 500 ? CR_E_NET : CR_E_API;
}

int gcp_api_error(int status, const char *body, size_t len, const char *what, struct cr_error *err)
{
    json_t *doc = json_loadb(body, len, 0, NULL);
    struct gcp_facts f = {.message = ""};

    if (doc)
        read_json(doc, &f);
    else
        read_text(body, len, &f);
    cr_fail(err, code_of(status), "cannot %s: HTTP %d%s%s", what, status, *f.message ? ": " : "", f.message);
    gcp_advise(status, &f, err);
    json_decref(doc);
    return -1;
}

/* The host of a redirect's target, new; NULL when it names none, or something that is no host. */
static char *host_of(const char *location)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    const char *host = location ? strstr(location, "//") : NULL, *user;
    size_t n;

    if (!host)
        return NULL;
    host += 2;
    n = strcspn(host, "/?#");
    user = memrchr(host, '@', n);
    if (user) {
        n -= (size_t)(user + 1 - host);
        host = user + 1;
    }
    return n && n < 256 && strspn(host, allowed) >= n ? cr_strndup(host, n) : NULL;
}

static int redirected(const struct gcp_reply *reply, const char *what, struct cr_error *err)
{
    CR_AUTO_FREE char *host = host_of(gcp_reply_header(reply, "Location"));

    if (host)
        cr_fail(err, CR_E_API, "cannot %s: the API answered with a redirect (%d) to '%s'", what, reply->status, host);
    else
        cr_fail(err, CR_E_API, "cannot %s: the API answered with a redirect (%d)", what, reply->status);
    return cr_hint(err, "a proxy or the login page of a network answers in its place: log in there with a browser, or "
                        "check https_proxy and CRDEPLOY_ENDPOINT_*");
}

int gcp_api_refused(const struct gcp_reply *reply, const char *what, struct cr_error *err)
{
    return reply->status >= 300 && reply->status < 400
               ? redirected(reply, what, err)
               : gcp_api_error(reply->status, reply->body.buf, reply->body.len, what, err);
}

int gcp_api_error_status(const json_t *status, const char *what, struct cr_error *err)
{
    json_int_t code = json_integer_value(json_object_get(status, "code"));
    struct gcp_facts f = {.message = ""};

    take(json_object_get(status, "message"), &f);
    read_details(json_object_get(status, "details"), &f);
    cr_fail(err, code == 7 || code == 16 ? CR_E_AUTH : CR_E_BUILD, "cannot %s: %s", what,
            *f.message ? f.message : "the operation failed and gave no reason");
    gcp_advise(0, &f, err);
    if (!*err->hint && code == 13)
        cr_hint(err, "an internal error of the service, often gone a minute later: run it again");
    return -1;
}

int gcp_api_failed(enum cr_code code, const char *text, struct cr_error *err, const char *fmt, ...)
{
    struct gcp_facts f = {.message = ""};
    char head[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(head, sizeof(head), fmt, ap);
    va_end(ap);
    clean(text, strlen(text), true, f.message);
    cr_fail(err, code, "%s%s%s", head, *f.message ? ": " : "", f.message);
    gcp_advise(0, &f, err);
    return -1;
}
