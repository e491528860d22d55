#include "local/aws_verify.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "local/message.h"
#include "local/seed.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SKEW_S 900

/* The parts of the Authorization header; texts are new. */
struct signature {
    char *key, *date, *region, *service, *headers, *hex;
};

static void clear_signature(struct signature *s)
{
    free(s->key);
    free(s->date);
    free(s->region);
    free(s->service);
    free(s->headers);
    free(s->hex);
}

static int wrong(struct cr_error *err, const char *what)
{
    return cr_fail(err, CR_E_AUTH, "%s", what);
}

/* The value of NAME=value in the header, up to a comma or blank. New, or NULL. */
static char *field(const char *text, const char *name)
{
    const char *p = strstr(text, name);

    if (!p)
        return NULL;
    p += strlen(name);
    return cr_strndup(p, strcspn(p, ", "));
}

static bool read_signature(const char *text, struct signature *s)
{
    CR_AUTO_FREE char *credential = NULL;
    char *part[5], *save = NULL;
    size_t n = 0;

    if (!text || strncmp(text, ALGORITHM " ", strlen(ALGORITHM) + 1) != 0)
        return false;
    credential = field(text, "Credential=");
    s->headers = field(text, "SignedHeaders=");
    s->hex = field(text, "Signature=");
    for (char *p = credential ? strtok_r(credential, "/", &save) : NULL; p && n < 5; p = strtok_r(NULL, "/", &save))
        part[n++] = p;
    if (n != 5 || strcmp(part[4], "aws4_request") != 0 || !s->headers || !s->hex)
        return false;
    s->key = cr_strdup(part[0]);
    s->date = cr_strdup(part[1]);
    s->region = cr_strdup(part[2]);
    s->service = cr_strdup(part[3]);
    return true;
}

/* The header of the signed request, its name compared without case; "" when it is missing. */
static const char *header(const json_t *request, const char *name)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(request, "headers"), i, row)
    {
        const char *key = json_string_value(json_object_get(row, "key"));
        const char *value = json_string_value(json_object_get(row, "value"));

        if (key && value && strcasecmp(key, name) == 0)
            return value;
    }
    return "";
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The query's parameters in the order of their bytes. New. */
static char *sorted_query(const char *query)
{
    CR_AUTO_FREE char *copy = cr_strdup(query);
    char *part[32] = {NULL}, *save = NULL, *all = cr_strdup("");
    size_t n = 0;

    for (char *p = strtok_r(copy, "&", &save); p && n < CR_LEN(part); p = strtok_r(NULL, "&", &save))
        part[n++] = p;
    qsort(part, n, sizeof(part[0]), by_text);
    for (size_t i = 0; i < n; i++) {
        CR_AUTO_FREE char *old = all;

        all = cr_format("%s%s%s%s", old, i ? "&" : "", part[i], strchr(part[i], '=') ? "" : "=");
    }
    return all;
}

/* METHOD, path, query, headers, names of headers, digest of the empty body. New. */
static char *canonical(const json_t *request, const char *query, const struct signature *s)
{
    CR_AUTO_FREE char *sorted = sorted_query(query), *names = cr_strdup(s->headers), *lines = cr_strdup("");
    const char *method = json_string_value(json_object_get(request, "method"));
    char empty[CR_SHA256_HEX], *save = NULL;

    cr_sha256("", 0, empty);
    for (char *name = strtok_r(names, ";", &save); name; name = strtok_r(NULL, ";", &save)) {
        char *more = cr_format("%s%s:%s\n", lines, name, header(request, name));

        free(lines);
        lines = more;
    }
    return cr_format("%s\n/\n%s\n%s\n%s\n%s", method, sorted, lines, s->headers, empty);
}

static void hmac(const unsigned char *key, size_t key_len, const char *text, unsigned char out[32])
{
    unsigned int n = 32;

    HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), out, &n);
}

static void sign(const struct signature *s, const char *secret, const char *text, char hex[65])
{
    CR_AUTO_FREE char *first = cr_format("AWS4%s", secret);
    unsigned char key[32];

    hmac((unsigned char *)first, strlen(first), s->date, key);
    hmac(key, 32, s->region, key);
    hmac(key, 32, s->service, key);
    hmac(key, 32, "aws4_request", key);
    hmac(key, 32, text, key);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", key[i]);
}

/* "20260102T030405Z" is within a quarter of an hour of now. */
static bool fresh(struct local *l, const char *stamp)
{
    struct tm tm = {0};
    const char *end = strptime(stamp, "%Y%m%dT%H%M%SZ", &tm);
    int64_t off = end && !*end ? (int64_t)timegm(&tm) - local_seed_now_ms(l) / 1000 : SKEW_S + 1;

    return off <= SKEW_S && off >= -SKEW_S;
}

/* The host must be AWS's own, or whoever holds the key could have signed anything. *query is inside url. */
static bool url_ok(const char *url, const struct signature *s, const json_t *request, const char **query)
{
    CR_AUTO_FREE char *regional = cr_format("sts.%s.amazonaws.com", s->region);
    const char *host = url && strncmp(url, "https://", 8) == 0 ? url + 8 : "";
    size_t n = strcspn(host, "/?");
    const char *rest = host + n + (host[n] == '/');
    CR_AUTO_FREE char *name = cr_strndup(host, n);

    *query = rest + (*rest == '?');
    return *rest == '?' && (strcmp(name, regional) == 0 || strcmp(name, "sts.amazonaws.com") == 0) &&
           strcmp(header(request, "host"), name) == 0 && strstr(*query, "Action=GetCallerIdentity") &&
           strstr(*query, "Version=2011-06-15") && strcmp(s->service, "sts") == 0;
}

static int check_signature(struct local *l, const json_t *request, const char *query, const struct signature *s,
                           const json_t *row, struct cr_error *err)
{
    const char *secret = json_string_value(json_object_get(row, "secretAccessKey"));
    const char *session = json_string_value(json_object_get(row, "sessionToken"));
    const char *stamp = header(request, "x-amz-date");
    CR_AUTO_FREE char *text = canonical(request, query, s), *to_sign = NULL;
    char digest[CR_SHA256_HEX], hex[65];

    if (!secret)
        return wrong(err, "The security token included in the request is invalid.");
    if (strcmp(session ? session : "", header(request, "x-amz-security-token")) != 0)
        return wrong(err, "The security token included in the request is invalid.");
    if (!fresh(l, stamp) || strncmp(stamp, s->date, 8) != 0)
        return wrong(err, "Signature expired.");
    if (!strstr(s->headers, "host") || !strstr(s->headers, "x-amz-date"))
        return wrong(err, "'host' and 'x-amz-date' must be signed headers.");
    cr_sha256(text, strlen(text), digest);
    to_sign = cr_format(ALGORITHM "\n%s\n%s/%s/%s/aws4_request\n%s", stamp, s->date, s->region, s->service, digest);
    sign(s, secret, to_sign, hex);
    return strcmp(hex, s->hex) == 0
               ? 0
               : wrong(err, "The request signature we calculated does not match the signature you provided.");
}

static char *arn_of(const json_t *row, const char *key)
{
    const char *arn = json_string_value(json_object_get(row, "arn"));
    const char *account = json_string_value(json_object_get(row, "account"));

    return arn ? cr_strdup(arn) : cr_format("arn:aws:iam::%s:user/%s", account ? account : "000000000000", key);
}

static int check(struct local *l, const json_t *request, const char *audience, char **arn, struct cr_error *err)
{
    const char *url = json_string_value(json_object_get(request, "url")), *query = NULL;
    const char *method = json_string_value(json_object_get(request, "method"));
    struct signature s = {0};
    json_t *row = NULL;
    int rc;

    if (!read_signature(header(request, "authorization"), &s))
        rc = wrong(err, "The AWS request has no AWS4-HMAC-SHA256 signature.");
    else if (!method || strcmp(method, "POST") != 0 || !url_ok(url, &s, request, &query))
        rc = wrong(err, "The AWS request is not a POST of GetCallerIdentity to sts.REGION.amazonaws.com.");
    else if (strcmp(header(request, "x-goog-cloud-target-resource"), audience) != 0)
        rc = wrong(err, "The AWS request's x-goog-cloud-target-resource is not the audience.");
    else {
        row = local_seed_row(l, "awsKeys", s.key);
        rc = check_signature(l, request, query, &s, row, err);
        if (rc == 0)
            *arn = arn_of(row, s.key);
    }
    json_decref(row);
    clear_signature(&s);
    return rc;
}

int local_aws_verify(struct local *l, const char *token, const char *audience, char **arn, struct cr_error *err)
{
    CR_AUTO_FREE char *text = local_decode(token, strlen(token), false);
    json_t *request = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int rc = json_is_object(request) ? check(l, request, audience, arn, err)
                                     : wrong(err, "The AWS subject token is not percent-encoded JSON.");

    json_decref(request);
    return rc;
}
