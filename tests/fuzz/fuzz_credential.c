/*
 * fuzz_credential.c - whatever a credential file holds, and whatever a token service answers, no secret leaves.
 *
 * Input: the file, then after a NUL byte the reply to every request. Holds: a source that opens gives a token that is
 * visible ASCII, or an error with a text and no control characters; every request goes to a host of googleapis.com by
 * https; nothing of a refresh token, a client secret or a key stands in an address or an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gcp/auth_json.h"
#include "gcp/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must not be seen outside a request's body. */
struct seen {
    struct gcp_http door; /* first */
    const char *body;
    size_t len;
    json_t *file;
    const char *text; /* of the file */
};

/* Text has a secret of the file, one of the corpus's own words that stands neither elsewhere in the file nor in
 * the reply. */
static bool shows(const struct seen *s, const char *text)
{
    static const char *const keys[] = {"refresh_token", "client_secret", "private_key"};

    for (size_t i = 0; i < CR_LEN(keys); i++) {
        const char *secret = json_string_value(json_object_get(s->file, keys[i]));

        const char *at =
            secret && (strstr(secret, "-secret-") || strstr(secret, "-token-")) ? strstr(s->text, secret) : NULL;

        if (at && !strstr(at + 1, secret) && !memmem(s->body, s->len, secret, strlen(secret)) && strstr(text, secret))
            return true;
    }
    return false;
}

static bool at_google(const char *url)
{
    static const char tail[] = ".googleapis.com";
    size_t n;

    if (strncasecmp(url, "https://", 8) != 0)
        return false;
    url += 8;
    n = strcspn(url, ":/?#@\\");
    return url[n] != '@' && url[n] != '\\' && n > strlen(tail) &&
           strncasecmp(url + n - strlen(tail), tail, strlen(tail)) == 0;
}

static int answer(struct gcp_http *self, const struct gcp_request *req, struct gcp_reply *reply, struct cr_error *err)
{
    struct seen *s = (struct seen *)self;

    if (!at_google(req->url) || shows(s, req->url))
        abort();
    reply->status = s->len && s->body[0] == '!' ? 400 : 200;
    return s->len > 1 ? cr_str_add(&reply->body, s->body + 1, s->len - 1, err) : 0;
}

static void sleep_not(struct gcp_http *self, int64_t ms)
{
    (void)self;
    (void)ms;
}

static void check_error(const struct seen *s, const struct cr_error *err)
{
    if (!*err->msg || err->code == CR_OK || shows(s, err->msg) || shows(s, err->hint))
        abort();
}

static void check_token(const char *token)
{
    if (!token || !*token)
        abort();
    for (const char *p = token; *p; p++)
        if (*p <= ' ' || *p > '~')
            abort();
}

/* Federation reads files and runs programs that its file names: that is tested elsewhere, not with names made up here.
 */
static bool skipped(const json_t *file)
{
    const char *type = json_string_value(json_object_get(file, "type"));
    const json_t *inner = json_object_get(file, "source_credentials");

    return (type && strcmp(type, "external_account") == 0) || (json_is_object(inner) && skipped(inner));
}

static void use(struct seen *s, struct gcp_auth *auth)
{
    struct cr_error err = {0};
    const char *token = NULL;

    if (auth->token(auth, false, &token, &err) == 0)
        check_token(token);
    else
        check_error(s, &err);
    err = (struct cr_error){0};
    token = NULL;
    if (auth->identity(auth, "https://a.run.app", &token, &err) == 0)
        check_token(token);
    else
        check_error(s, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = cr_strndup((const char *)data, size);
    size_t n = strlen(text), rest = n < size ? size - n - 1 : 0;
    struct seen s = {
        {answer, sleep_not}, rest ? (const char *)data + n + 1 : "", rest, json_loads(text, 0, NULL), text};
    const struct gcp_auth_env env = {.http = &s.door};
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};

    cr_clock_fake(1000000, 1767323045000);
    if (!skipped(s.file)) {
        if (gcp_auth_from_json(&env, text, "f.json", &auth, &err) < 0)
            check_error(&s, &err);
        else
            use(&s, auth);
        gcp_auth_free(auth);
    }
    json_decref(s.file);
    free(text);
    cr_clock_fake(0, 0);
    return 0;
}
