/* Whether Google's APIs, or the platform in their place, can be spoken to at all. */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "core/check.h"
#include "gcp/endpoints.h"

enum { SKEW_WARN_MS = 60 * 1000, SKEW_FAIL_MS = 5 * 60 * 1000 };

void doctor_look_manifest(struct doctor *d, struct doctor_result *r)
{
    struct cr_error err = {0};
    size_t wrong;

    if (!d->plan.manifest) {
        doctor_say(r, DOCTOR_OK, CR_OK, "there is none here; settings come from elsewhere");
        return;
    }
    if (cr_check(&d->plan, CR_PROFILE_CURRENT, true, false, &d->problems, &err) < 0) {
        doctor_error(r, DOCTOR_FAILED, &err);
        return;
    }
    wrong = cr_problems_errors(&d->problems);
    if (!wrong) {
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s' has no faults", d->manifest.path);
        return;
    }
    doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "%zu problem%s in '%s'", wrong, wrong == 1 ? "" : "s", d->manifest.path);
    doctor_hint(r, "crdeploy check");
}

/* "Tue, 15 Nov 1994 08:12:31 GMT", the one form that is written today. -1: it is none. */
static int64_t date_ms(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm = {0};
    const char *at;
    char month[4];

    if (sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec) != 6 ||
        strlen(month) != 3 || !(at = strstr(months, month)) || (at - months) % 3)
        return -1;
    tm.tm_mon = (int)(at - months) / 3;
    tm.tm_year -= 1900;
    return (int64_t)timegm(&tm) * 1000;
}

static int door_send(struct gcp_http *self, const struct gcp_request *req, struct gcp_reply *reply,
                     struct cr_error *err)
{
    struct doctor_door *door = (struct doctor_door *)self; /* its first member */
    int64_t from = cr_wall_ms(), took = cr_now_ms(), theirs;
    const char *date;

    if (door->behind->send(door->behind, req, reply, err) < 0)
        return -1;
    took = cr_now_ms() - took;
    date = gcp_reply_header(reply, "Date");
    theirs = date ? date_ms(date) : -1;
    if (theirs >= 0 && !door->seen) {
        door->seen = true;
        door->skew_ms = theirs + 500 - (from + took / 2); /* half a second: the header has whole ones */
    }
    return 0;
}

static void door_sleep(struct gcp_http *self, int64_t ms)
{
    struct gcp_http *behind = ((struct doctor_door *)self)->behind;

    behind->sleep_ms(behind, ms);
}

void doctor_look_platform(struct doctor *d, struct doctor_result *r)
{
    struct cr_error err = {0};

    if (cli_connect_url(&d->plan, d->cred, d->c->ui, &d->link, &err) < 0) {
        if (!d->link.gcp.http || d->link.auth || err.code == CR_E_USAGE) {
            doctor_error(r, DOCTOR_FAILED, &err);
            return;
        }
        d->refused = err; /* only the credential is missing: network and clock can be looked at without it */
    }
    d->door = (struct doctor_door){.door = *d->link.gcp.http, .behind = d->link.gcp.http};
    d->door.door.send = door_send;
    d->door.door.sleep_ms = door_sleep;
    d->link.gcp.http = &d->door.door;
    doctor_say(r, DOCTOR_OK, CR_OK, "%s: %s", d->link.platform->name, d->link.platform->summary);
}

bool doctor_has_tools(const struct doctor *d)
{
    return d->link.platform && d->link.platform->tools;
}

void doctor_look_tools(struct doctor *d, struct doctor_result *r)
{
    CR_AUTO_FREE char *text = NULL;
    struct cr_error err = {0};
    bool whole;

    if (d->link.platform->tools(&text, &whole, &err) < 0)
        doctor_error(r, DOCTOR_FAILED, &err);
    else
        doctor_say(r, whole ? DOCTOR_OK : DOCTOR_WARNING, CR_OK, "%s", text);
}

/* One question without a token: whatever the answer is, it came through name, route and TLS, and has a date. */
void doctor_look_network(struct doctor *d, struct doctor_result *r)
{
    static const int any[] = {400, 401, 403, 404, 405, 429, 500, 502, 503, 504, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *url = gcp_url(&d->link.gcp, GCP_RESOURCE_MANAGER, "v1/projects/-");
    struct cr_error err = {0};

    if (gcp_call_answers(&d->link.gcp, &(struct gcp_request){.method = "GET", .url = url, .no_auth = true}, any, &reply,
                         "reach the APIs", &err) == 0) {
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s' answers in %lld ms", d->link.gcp.endpoint[GCP_RESOURCE_MANAGER],
                   (long long)reply.total_ms);
        return;
    }
    doctor_error(r, DOCTOR_FAILED, &err);
    if (!r->hint)
        doctor_hint(r,
                    "curl -sSI %s; behind a proxy: export HTTPS_PROXY=http://HOST:PORT; with certificates of its own: "
                    "export CRDEPLOY_CA_FILE=FILE",
                    d->link.gcp.endpoint[GCP_RESOURCE_MANAGER]);
}

/* An address that is overridden is said aloud: a forgotten variable sends tokens where nobody looks. */
void doctor_look_endpoints(struct doctor *d, struct doctor_result *r)
{
    CR_AUTO_FREE char *moved = cr_strdup("");
    const char *first = NULL;
    bool same = true;
    int n = 0;

    for (int i = 0; i < GCP_API_COUNT; i++) {
        const char *now = d->link.gcp.endpoint[i];
        char *more;

        if (strcmp(now, gcp_endpoint_rows[i].address) == 0)
            continue;
        more = cr_format("%s%s%s at '%s'", moved, n++ ? ", " : "", gcp_endpoint_rows[i].name, now);
        free(moved);
        moved = more;
        same = same && (!first || strcmp(first, now) == 0);
        first = first ? first : now;
    }
    if (!n)
        doctor_say(r, DOCTOR_OK, CR_OK, "Google's own");
    else if (n == GCP_API_COUNT && same)
        doctor_say(r, DOCTOR_OK, CR_OK, "all at '%s'", first);
    else
        doctor_say(r, DOCTOR_WARNING, CR_OK, "not Google's own: %s", moved);
    if (r->status == DOCTOR_WARNING)
        doctor_hint(r, "unset the variables CRDEPLOY_ENDPOINT_* and CLOUDSDK_API_ENDPOINT_OVERRIDES_* unless you mean "
                       "them: env | grep ENDPOINT");
}

void doctor_look_clock(struct doctor *d, struct doctor_result *r)
{
    int64_t skew = d->door.skew_ms, off = skew < 0 ? -skew : skew;

    if (!d->door.seen) {
        doctor_say(r, DOCTOR_WARNING, CR_OK, "the reply had no date to compare with");
        return;
    }
    if (off < SKEW_WARN_MS) {
        doctor_say(r, DOCTOR_OK, CR_OK, "right within %lld s", (long long)(off / 1000 + 1));
        return;
    }
    doctor_say(r, off < SKEW_FAIL_MS ? DOCTOR_WARNING : DOCTOR_FAILED, CR_E_CONFIG,
               "this machine's clock is %lld s %s; tokens that are signed here are refused", (long long)(off / 1000),
               skew > 0 ? "behind" : "ahead");
    doctor_hint(r, "sudo timedatectl set-ntp true");
}

/* What it is, whose, and as whom it acts. New. */
static char *credential_text(const struct cli_credential_info *info)
{
    CR_AUTO_FREE char *text = cli_credential_text(info);
    CR_AUTO_FREE char *who = info->account ? cr_format(" of %s", info->account) : cr_strdup("");
    CR_AUTO_FREE char *as = info->target ? cr_format(", acting as %s", info->target) : cr_strdup("");

    return cr_format("%s: %s%s%s", info->type, text, who, as);
}

void doctor_look_credential(struct doctor *d, struct doctor_result *r)
{
    CR_AUTO_FREE char *text = NULL;
    struct cr_error err = d->refused;
    const char *token;

    if (!err.code && d->link.auth->token(d->link.auth, false, &token, &err) == 0) {
        text = credential_text(&d->link.info);
        doctor_say(r, DOCTOR_OK, CR_OK, "%s", text);
        return;
    }
    doctor_error(r, DOCTOR_FAILED, &err);
    if (d->result[DOCTOR_CLOCK].status != DOCTOR_OK && d->result[DOCTOR_CLOCK].hint)
        doctor_hint(r, "set the clock first: %s", d->result[DOCTOR_CLOCK].hint);
}
