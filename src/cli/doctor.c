#include "cli/doctor.h"

#include <string.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/interrupt.h"
#include "base/mem.h"

enum { LATE_WAIT_MS = 5000, LATE_TRIES = 24 }; /* an API that was enabled is there after two minutes at most */

#define AFTER(id) (1u << (id))
#define LINKED (AFTER(DOCTOR_PLATFORM) | AFTER(DOCTOR_NETWORK))
#define KNOWN (LINKED | AFTER(DOCTOR_CREDENTIAL) | AFTER(DOCTOR_PROJECT))

/* clang-format off */
const struct doctor_check doctor_checks[DOCTOR_COUNT] = {
    [DOCTOR_MANIFEST] = {"manifest", 0, NULL, NULL, doctor_look_manifest, NULL, NULL},
    [DOCTOR_PLATFORM] = {"platform", 0, NULL, NULL, doctor_look_platform, NULL, NULL},
    [DOCTOR_TOOLS] = {"tools", AFTER(DOCTOR_PLATFORM), NULL, doctor_has_tools,
                      doctor_look_tools, NULL, NULL},
    [DOCTOR_NETWORK] = {"network", AFTER(DOCTOR_PLATFORM), NULL, NULL, doctor_look_network, NULL, NULL},
    [DOCTOR_ENDPOINTS] = {"endpoints", AFTER(DOCTOR_PLATFORM), NULL, NULL,
                          doctor_look_endpoints, NULL, NULL},
    [DOCTOR_CLOCK] = {"clock", LINKED, NULL, NULL, doctor_look_clock, NULL, NULL},
    [DOCTOR_CREDENTIAL] = {"credential", LINKED, NULL, NULL, doctor_look_credential, NULL, NULL},
    [DOCTOR_PROJECT] = {"project", LINKED | AFTER(DOCTOR_CREDENTIAL), NULL, NULL, doctor_look_project,
                        NULL, NULL},
    [DOCTOR_BILLING] = {"billing", KNOWN, NULL, NULL, doctor_look_billing, NULL, NULL},
    [DOCTOR_APIS] = {"apis", KNOWN, NULL, NULL, doctor_look_apis, doctor_offer_apis, doctor_mend_apis},
    [DOCTOR_PERMISSIONS] = {"permissions", KNOWN, NULL, NULL, doctor_look_permissions, NULL, NULL},
    [DOCTOR_REGION] = {"region", KNOWN, "run.googleapis.com", NULL, doctor_look_region, NULL, NULL},
    [DOCTOR_BUCKET] = {"bucket", KNOWN, "storage.googleapis.com", NULL, doctor_look_bucket,
                       doctor_offer_bucket, doctor_mend_bucket},
    [DOCTOR_REPOSITORY] = {"repository", KNOWN, "artifactregistry.googleapis.com", NULL,
                           doctor_look_repository, doctor_offer_repository, doctor_mend_repository},
    [DOCTOR_BUILD_ACCOUNT] = {"build-account", KNOWN, "cloudbuild.googleapis.com",
                              NULL, doctor_look_build_account, NULL, NULL},
    [DOCTOR_RUNTIME_ACCOUNT] = {"runtime-account", KNOWN, NULL, NULL,
                                doctor_look_runtime_account, NULL, NULL},
};
/* clang-format on */

static void result_clear(struct doctor_result *r)
{
    free(r->message);
    free(r->hint);
    free(r->call);
    *r = (struct doctor_result){0};
}

void doctor_clear(struct doctor *d)
{
    for (int i = 0; i < DOCTOR_COUNT; i++)
        result_clear(&d->result[i]);
    cli_connection_clear(&d->link);
    gcp_project_clear(&d->project);
    gcp_image_clear(&d->image);
    cr_problems_clear(&d->problems);
    cr_plan_clear(&d->plan);
    cr_manifest_clear(&d->manifest);
    free(d->bucket);
    free(d->build_region);
}

void doctor_say(struct doctor_result *r, enum doctor_status status, enum cr_code code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    free(r->message);
    r->message = cr_vformat(fmt, ap);
    va_end(ap);
    r->status = status;
    r->code = code;
}

static void add_line(char **text, char *line)
{
    char *both = *text ? cr_format("%s\n%s", *text, line) : NULL;

    if (!both) {
        *text = line;
        return;
    }
    free(*text);
    free(line);
    *text = both;
}

void doctor_hint(struct doctor_result *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_line(&r->hint, cr_vformat(fmt, ap));
    va_end(ap);
}

void doctor_call(struct doctor_result *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_line(&r->call, cr_vformat(fmt, ap));
    va_end(ap);
}

void doctor_error(struct doctor_result *r, enum doctor_status status, const struct cr_error *err)
{
    doctor_say(r, status, err->code, "%s", err->msg);
    r->late = strstr(err->msg, "has not been used in project") != NULL;
    if (*err->hint)
        doctor_hint(r, "%s", err->hint);
}

const char *doctor_project(const struct doctor *d)
{
    return cr_plan_text(&d->plan, CR_KEY_PROJECT);
}

char *doctor_member(const struct doctor *d)
{
    const struct cli_credential_info *info = &d->link.info;
    const char *who = info->target ? info->target : info->account;
    bool robot = who && strstr(who, ".gserviceaccount.com");

    if (!who)
        return cr_strdup("\"user:$(gcloud config get account)\"");
    return cr_format("%s:%s", robot ? "serviceAccount" : "user", who);
}

/* The first check in the way of this one, or DOCTOR_COUNT. */
static enum doctor_id blocked_by(const struct doctor *d, enum doctor_id id)
{
    const struct doctor_check *check = &doctor_checks[id];

    for (int i = 0; i < DOCTOR_COUNT; i++)
        if (check->needs & AFTER(i) && d->result[i].status >= DOCTOR_FAILED)
            return i;
    for (size_t i = 0; check->api && i < d->apis; i++)
        if (strcmp(d->api[i], check->api) == 0 && !d->enabled[i])
            return DOCTOR_APIS;
    return DOCTOR_COUNT;
}

/* Looks; and again for a while, where an API was enabled a moment ago and does not know it yet. */
static void look(struct doctor *d, enum doctor_id id)
{
    struct doctor_result *r = &d->result[id];

    for (int tries = 0; !cr_interrupted(); tries++) {
        result_clear(r);
        doctor_checks[id].look(d, r);
        if (!r->late || !d->waiting || tries >= LATE_TRIES)
            return;
        ui_progress(d->c->ui, "waiting until the API knows that it is enabled", 0, 0, false);
        d->link.gcp.http->sleep_ms(d->link.gcp.http, LATE_WAIT_MS);
    }
}

/* Whether the user agrees. Where nobody can be asked, --fix itself is the agreement. */
static bool agreed(const struct doctor *d, const char *offer)
{
    char answer[16];

    if (d->yes || d->c->quiet || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    ui_done(d->c->ui, NULL);
    cr_clean_put(offer, stderr);
    fputs("? [y/N] ", stderr);
    fflush(stderr);
    return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static void mend(struct doctor *d, enum doctor_id id)
{
    const struct doctor_check *check = &doctor_checks[id];
    struct doctor_result *r = &d->result[id];
    CR_AUTO_FREE char *offer = check->offer(d);
    struct cr_error err = {0};

    if (!agreed(d, offer))
        return;
    ui_progress(d->c->ui, offer, 0, 0, false);
    if (check->mend(d, &err) < 0) {
        CR_AUTO_FREE char *before = CR_STEAL(r->message);

        doctor_say(r, DOCTOR_FAILED, err.code, "%s; tried to mend it, but %s", before, err.msg);
        if (*err.hint)
            doctor_hint(r, "%s", err.hint);
        return;
    }
    look(d, id);
    r->fixed = true;
    ui_done(d->c->ui, "done: %s", offer);
}

static void skip(struct doctor *d, enum doctor_id id, enum doctor_id because)
{
    result_clear(&d->result[id]);
    doctor_say(&d->result[id], DOCTOR_SKIPPED, CR_OK, "not looked at, because of '%s'", doctor_checks[because].id);
}

int doctor_run(struct doctor *d, void (*shown)(struct doctor *d, enum doctor_id id), struct cr_error *err)
{
    for (int id = 0; id < DOCTOR_COUNT; id++) {
        const struct doctor_check *check = &doctor_checks[id];
        enum doctor_id because = blocked_by(d, id);

        if (check->applies && !check->applies(d))
            continue;
        if (because != DOCTOR_COUNT) {
            skip(d, id, because);
        } else {
            look(d, id);
            if (d->fix && d->result[id].fixable && !cr_interrupted())
                mend(d, id);
        }
        ui_done(d->c->ui, NULL);
        if (cr_interrupt_check(err) < 0)
            return -1;
        shown(d, id);
    }
    return 0;
}

size_t doctor_failed(const struct doctor *d, enum doctor_id *first)
{
    size_t n = 0;

    for (int id = DOCTOR_COUNT; id-- > 0;)
        if (d->result[id].status == DOCTOR_FAILED) {
            *first = id;
            n++;
        }
    return n;
}
