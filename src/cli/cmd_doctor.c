#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/doctor.h"
#include "cli/settings.h"

struct doctor_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    bool fix, yes;
};

static const struct opt opts[] = {
    OPT_PLAN(struct doctor_args, plan, CR_KEY_PROJECT, "project"),
    OPT_PLAN(struct doctor_args, plan, CR_KEY_REGION, "region"),
    OPT_PLAN(struct doctor_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_PLAN(struct doctor_args, plan, CR_KEY_BUILD_IMAGE, "tag"),
    OPT_PLAN(struct doctor_args, plan, CR_KEY_BUILD_REGION, "build-region"),
    OPT_PLAN(struct doctor_args, plan, CR_KEY_BUILD_SERVICE_ACCOUNT, "service-account"),
    OPT_PLAN(struct doctor_args, plan, CR_KEY_BUILD_STAGING_DIR, "gcs-source-staging-dir"),
    CLI_CREDENTIAL_OPTIONS(struct doctor_args, cred),
    {0, "fix", OPT_FLAG(struct doctor_args, fix),
     .help = "Enable APIs, and make the bucket and the repository, where they are missing"},
    {'y', "yes", OPT_FLAG(struct doctor_args, yes), .help = "Ask nothing before mending"},
    OPT_END,
};

static const char *const words[] = {"ok", "warning", "failed", "skipped"};

/* Lines of a text, each after a word that says what they are. */
static void show_lines(FILE *out, const char *word, const char *text)
{
    for (const char *p = text; p && *p;) {
        size_t n = strcspn(p, "\n");

        fprintf(out, "%*s%s %.*s\n", 26, "", word, (int)n, p);
        p += n + (p[n] == '\n');
    }
}

static void show(struct doctor *d, enum doctor_id id)
{
    const struct doctor_result *r = &d->result[id];

    if (d->c->json)
        return;
    fprintf(d->c->out, "%-8s %-16s %s%s\n", words[r->status], doctor_checks[id].id, r->message,
            r->fixed ? " (mended)" : "");
    if (r->status == DOCTOR_WARNING || r->status == DOCTOR_FAILED) {
        show_lines(d->c->out, "do:", r->hint);
        show_lines(d->c->out, "or:", r->call);
    }
    fflush(d->c->out);
}

static json_t *document(const struct doctor *d, bool ok)
{
    json_t *rows = json_array();

    for (int id = 0; id < DOCTOR_COUNT; id++) {
        const struct doctor_result *r = &d->result[id];

        if (!r->message) /* does not apply here */
            continue;
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o, s:o, s:b, s:b}", "id", doctor_checks[id].id,
                                              "status", words[r->status], "message", cmd_text_json(r->message), "hint",
                                              r->hint ? cmd_text_json(r->hint) : json_null(), "fix",
                                              r->call ? cmd_text_json(r->call) : json_null(), "fixable", r->fixable,
                                              "fixed", r->fixed));
    }
    return json_pack("{s:o, s:b}", "checks", rows, "ok", ok);
}

/* The error that gives the exit status, when there is one. */
static int verdict(const struct doctor *d, struct cr_error *err)
{
    CR_AUTO_FREE char *names = cr_strdup("");
    enum doctor_id first = 0;
    size_t n = doctor_failed(d, &first);
    bool fixable = false;

    if (!n)
        return 0;
    for (int id = 0; id < DOCTOR_COUNT; id++) {
        char *more;

        if (d->result[id].status != DOCTOR_FAILED)
            continue;
        fixable = fixable || d->result[id].fixable;
        more = cr_format("%s%s'%s'", names, *names ? ", " : "", doctor_checks[id].id);
        free(names);
        names = more;
    }
    cr_fail(err, d->result[first].code, "%zu check%s failed: %s", n, n == 1 ? "" : "s", names);
    if (fixable && !d->fix)
        return cr_hint(err, "'crdeploy doctor --fix' does what is safe; roles and billing stay for you");
    return cr_hint(err, "do what stands under each, then run 'crdeploy doctor' again");
}

static int examine(struct doctor *d, const struct doctor_args *a, struct cr_error *err)
{
    if (cli_plan_load(d->c->pos[0], &a->plan, false, &d->manifest, &d->plan, &d->problems, err) < 0 ||
        doctor_run(d, show, err) < 0)
        return -1;
    if (verdict(d, err) < 0) {
        struct cr_error unwritten = {0};

        if (d->c->json && cmd_json(d->c, document(d, false), &unwritten) < 0)
            *err = unwritten;
        return -1;
    }
    return d->c->json ? cmd_json(d->c, document(d, true), err) : 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct doctor_args *a = c->args;
    struct doctor d = {.c = c, .cred = &a->cred, .fix = a->fix, .yes = a->yes};
    int failed = examine(&d, a, err);

    doctor_clear(&d);
    return failed;
}

const struct verb verb_doctor = {
    .name = "doctor",
    .args = "[DIR]",
    .summary = "Find out what keeps builds and deploys from working, and how to mend it",
    .about =
        "Looks at the network and the clock, the credential, the project, its billing, its APIs and your permissions, "
        "the staging bucket and who owns it, the image repository, and the service accounts of builds and services; on "
        "the local platform at this machine's container tools. Each fault comes with the command that mends it, and "
        "with the call of the API that does the same. What depends on something that failed is skipped.\n\n"
        "--fix does what is safe: it enables APIs and makes the bucket and the repository, and asks before each on a "
        "terminal, unless --yes or --quiet is given. It grants no roles and links no billing account.\n\n"
        "Warnings do not change the exit status; of several failures the first decides it.",
    .examples = (const char *const[]){"crdeploy doctor", "crdeploy doctor --fix", "crdeploy doctor --platform local",
                                      "crdeploy doctor --json", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_DIR,
    .opts = opts,
    .args_size = sizeof(struct doctor_args),
    .run = run,
};
