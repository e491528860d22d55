/* AWS vouches by a signature: a GetCallerIdentity request, signed (Signature Version 4) and not sent, is the subject
 * token. Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gcp/auth_external.h"
#include "gcp/auth_oauth.h"

#define QUERY "Action=GetCallerIdentity&Version=2011-06-15"
#define URL "https://sts.{region}.amazonaws.com?" QUERY

struct mac {
    unsigned char bytes[32];
};

static struct mac hmac(const void *key, size_t n, const char *text)
{
    struct mac out = {{0}};
    unsigned len = sizeof(out.bytes);

    cr_oom_check(HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)text, strlen(text), out.bytes, &len));
    return out;
}

static void hex_of(const struct mac *m, char hex[65])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof(m->bytes); i++) {
        hex[2 * i] = digits[m->bytes[i] >> 4];
        hex[2 * i + 1] = digits[m->bytes[i] & 15];
    }
    hex[64] = '\0';
}

static void sign(const struct gcp_aws *a, const char *to_sign, char hex[65])
{
    CR_AUTO_FREE char *day = cr_strndup(a->date, 8);
    char *first = cr_format("AWS4%s", a->secret);
    struct mac k = hmac(first, strlen(first), day);

    gcp_secret_wipe(&first);
    k = hmac(k.bytes, sizeof(k.bytes), a->region);
    k = hmac(k.bytes, sizeof(k.bytes), "sts");
    k = hmac(k.bytes, sizeof(k.bytes), "aws4_request");
    k = hmac(k.bytes, sizeof(k.bytes), to_sign);
    hex_of(&k, hex);
    explicit_bzero(&k, sizeof(k));
}

/* Host and query of https://HOST[/]?QUERY; the canonical request wants them apart. New. */
static void split(const char *url, char **host, char **query)
{
    const char *at = strstr(url, "://"), *mark;

    at = at ? at + 3 : url;
    *host = cr_strndup(at, strcspn(at, "/?"));
    mark = strchr(at, '?');
    *query = cr_strdup(mark ? mark + 1 : "");
}

static void add_header(json_t *list, const char *key, const char *value)
{
    json_array_append_new(list, json_pack("{s:s, s:s}", "key", key, "value", value));
}

char *gcp_aws_token(const struct gcp_aws *a)
{
    CR_AUTO_FREE char *host = NULL, *query = NULL, *canonical = NULL, *to_sign = NULL, *authorization = NULL;
    const char *names = a->session ? "host;x-amz-date;x-amz-security-token" : "host;x-amz-date";
    json_auto_t *request = json_object();
    json_t *headers = json_array();
    char digest[CR_SHA256_HEX], empty[CR_SHA256_HEX], signature[65], *text, *token;

    split(a->url, &host, &query);
    cr_sha256("", 0, empty);
    canonical = cr_format("POST\n/\n%s\nhost:%s\nx-amz-date:%s\n%s%s%s\n%s\n%s", query, host, a->date,
                          a->session ? "x-amz-security-token:" : "", a->session ? a->session : "",
                          a->session ? "\n" : "", names, empty);
    cr_sha256(canonical, strlen(canonical), digest);
    to_sign = cr_format("AWS4-HMAC-SHA256\n%s\n%.8s/%s/sts/aws4_request\n%s", a->date, a->date, a->region, digest);
    sign(a, to_sign, signature);
    authorization = cr_format("AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/sts/aws4_request, SignedHeaders=%s, Signature=%s",
                              a->key_id, a->date, a->region, names, signature);
    add_header(headers, "Authorization", authorization);
    add_header(headers, "host", host);
    add_header(headers, "x-amz-date", a->date);
    if (a->session)
        add_header(headers, "x-amz-security-token", a->session);
    add_header(headers, "x-goog-cloud-target-resource", a->audience);
    json_object_set_new(request, "headers", headers);
    json_object_set_new(request, "method", json_string("POST"));
    json_object_set_new(request, "url", json_string(a->url));
    text = cr_oom_check(json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS));
    token = gcp_url_escape(text);
    gcp_secret_wipe(&text);
    return token;
}

static const char *env_of(const struct gcp_subject *s, const char *name)
{
    const char *value = s->env->getenv ? s->env->getenv(s->env->ud, name) : NULL;

    return value && *value ? value : NULL;
}

static const char *source_text(const struct gcp_subject *s, const char *key)
{
    return json_string_value(json_object_get(s->source, key));
}

/* The machine's own metadata, and nobody else, is asked for keys. */
static int check_metadata(const struct gcp_subject *s, const char *key, struct cr_error *err)
{
    const char *url = source_text(s, key);

    if (!url) {
        cr_fail(err, CR_E_AUTH, "neither the environment nor '%s' (%s) says where AWS's credentials are", s->name, key);
        return cr_hint(err, "set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    if (s->env->allow_custom || strncmp(url, "http://169.254.169.254/", 23) == 0 ||
        strncmp(url, "http://[fd00:ec2::254]/", 23) == 0)
        return 0;
    cr_fail(err, CR_E_AUTH, "'%s' in '%s' is '%.200s', which is not AWS's metadata service", key, s->name, url);
    return cr_hint(err, "if the file is yours and the address right: --allow-custom-endpoints");
}

/* A session token of IMDSv2, where the file asks for one. *headers is ended. */
static int session(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    const struct gcp_header ttl[] = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}, {0}};

    if (*token || !source_text(s, "imdsv2_session_token_url"))
        return 0;
    return check_metadata(s, "imdsv2_session_token_url", err) < 0
               ? -1
               : gcp_subject_fetch(s, "PUT", source_text(s, "imdsv2_session_token_url"), ttl, token, err);
}

static int metadata(const struct gcp_subject *s, const char *key, const char *tail, char **imds, char **text,
                    struct cr_error *err)
{
    CR_AUTO_FREE char *url = NULL;

    if (check_metadata(s, key, err) < 0 || session(s, imds, err) < 0)
        return -1;
    url = cr_format("%s%s%s", source_text(s, key), *tail ? "/" : "", tail);
    {
        const struct gcp_header headers[] = {{*imds ? "X-aws-ec2-metadata-token" : NULL, *imds}, {0}};

        return gcp_subject_fetch(s, "GET", url, headers, text, err);
    }
}

/* Nothing but these characters, and some of them. */
static bool made_of(const char *text, const char *characters)
{
    return text && *text && text[strspn(text, characters)] == '\0';
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789-"
#define WORD LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ_+=,.@"

/* It becomes a part of a host's name. */
static int check_region(const struct gcp_subject *s, const char *region, struct cr_error *err)
{
    if (made_of(region, LOWER))
        return 0;
    cr_fail(err, CR_E_AUTH, "what should be the AWS region of '%s' is none", s->name);
    return cr_hint(err, "set AWS_REGION, such as us-east-1");
}

/* They go into headers, and into JSON. */
static int check_keys(const struct gcp_subject *s, const struct gcp_aws *a, struct cr_error *err)
{
    if (made_of(a->key_id, WORD) && made_of(a->secret, WORD "/") && (!a->session || made_of(a->session, WORD "/")))
        return 0;
    cr_fail(err, CR_E_AUTH, "the AWS keys for '%s' have characters that no such key has", s->name);
    return cr_hint(err, "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN");
}

static int region_of(const struct gcp_subject *s, char **imds, char **region, struct cr_error *err)
{
    const char *said = env_of(s, "AWS_REGION");
    size_t n;

    said = said ? said : env_of(s, "AWS_DEFAULT_REGION");
    if (said) {
        *region = cr_strdup(said);
        return check_region(s, *region, err);
    }
    if (metadata(s, "region_url", "", imds, region, err) < 0)
        return -1;
    n = strcspn(*region, "\r\n");
    (*region)[n ? n - 1 : 0] = '\0'; /* "us-east-2b" is a zone of us-east-2 */
    return check_region(s, *region, err);
}

static int keys_from_metadata(const struct gcp_subject *s, char **imds, json_t **keys, struct cr_error *err)
{
    CR_AUTO_FREE char *role = NULL;
    char *text = NULL;

    if (metadata(s, "url", "", imds, &role, err) < 0)
        return -1;
    role[strcspn(role, "\r\n")] = '\0';
    if (!made_of(role, WORD)) {
        cr_fail(err, CR_E_AUTH, "AWS's metadata service names no role ('%s')", s->name);
        return cr_hint(err, "attach a role to the machine, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    if (metadata(s, "url", role, imds, &text, err) < 0)
        return -1;
    *keys = json_loads(text, 0, NULL);
    gcp_secret_wipe(&text);
    if (json_string_value(json_object_get(*keys, "AccessKeyId")) &&
        json_string_value(json_object_get(*keys, "SecretAccessKey")))
        return 0;
    cr_fail(err, CR_E_AUTH, "AWS's metadata service gives no keys for the role '%.100s' ('%s')", role, s->name);
    return cr_hint(err, "attach a role to the machine, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
}

static char *url_of(const struct gcp_subject *s, const char *region)
{
    const char *form = source_text(s, "regional_cred_verification_url"), *mark;

    form = form ? form : URL;
    mark = strstr(form, "{region}");
    return mark ? cr_format("%.*s%s%s", (int)(mark - form), form, region, mark + 8) : cr_strdup(form);
}

int gcp_subject_aws(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    struct gcp_aws aws = {.key_id = env_of(s, "AWS_ACCESS_KEY_ID"),
                          .secret = env_of(s, "AWS_SECRET_ACCESS_KEY"),
                          .session = env_of(s, "AWS_SESSION_TOKEN"),
                          .audience = s->audience};
    CR_AUTO_FREE char *region = NULL, *url = NULL;
    GCP_AUTO_SECRET_JSON json_t *keys = NULL;
    const char *version = source_text(s, "environment_id");
    time_t now = (time_t)(cr_wall_ms() / 1000);
    char *imds = NULL, date[24];
    struct tm tm;
    int rc;

    if (version && strcmp(version, "aws1") != 0)
        return cr_fail(err, CR_E_AUTH, "'%s' is for '%.50s', and aws1 is what is known", s->name, version);
    strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
    rc = region_of(s, &imds, &region, err);
    if (rc == 0 && (!aws.key_id || !aws.secret)) {
        rc = keys_from_metadata(s, &imds, &keys, err);
        aws.key_id = json_string_value(json_object_get(keys, "AccessKeyId"));
        aws.secret = json_string_value(json_object_get(keys, "SecretAccessKey"));
        aws.session = json_string_value(json_object_get(keys, "Token"));
    }
    gcp_secret_wipe(&imds);
    if (rc < 0 || check_keys(s, &aws, err) < 0)
        return -1;
    url = url_of(s, region);
    aws.region = region;
    aws.date = date;
    aws.url = url;
    *token = gcp_aws_token(&aws);
    return 0;
}
