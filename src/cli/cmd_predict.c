#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/predict_input.h"
#include "cli/predict_many.h"
#include "cli/predict_show.h"
#include "cli/service.h"
#include "cli/settings.h"
#include "core/quantity.h"
#include "gcp/run.h"

enum { WAIT_S = 60, REPEAT_MAX = 100000000 };

struct predict_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    const char *url, *tag, *path, *file, *wait;
    int64_t timeout_s, parallel, repeat;
    bool batch, timing;
};

static const struct opt opts[] = {
    OPT_PLAN(struct predict_args, plan, CR_KEY_NAME, "service"),
    OPT_PLAN(struct predict_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_PLAN(struct predict_args, plan, CR_KEY_PROJECT, "project"),
    OPT_PLAN(struct predict_args, plan, CR_KEY_REGION, "region"),
    {0, "url", OPT_STR(struct predict_args, url), .arg = "URL",
     .help = "Ask this address instead of looking the service up"},
    {0, "tag", OPT_STR(struct predict_args, tag), .arg = "TAG",
     .help = "Ask the revision with this tag, at the tag's own address"},
    {0, "path", OPT_STR(struct predict_args, path), .arg = "PATH",
     .help = "Path to POST to; default: the manifest's server.path"},
    {0, "file", OPT_STR(struct predict_args, file), .arg = "FILE", .complete = OPT_C_FILE,
     .help = "Read the request from this file, or from standard input (-)"},
    {0, "batch", OPT_FLAG(struct predict_args, batch),
     .help = "Each line is a request of its own (NDJSON), and is answered by a line, in the same order"},
    {0, "parallel", OPT_INT(struct predict_args, parallel), .arg = "N",
     .help = "With --batch or --repeat: ask so many at a time; default 1"},
    {0, "repeat", OPT_INT(struct predict_args, repeat), .arg = "N",
     .help = "Ask so often, and tell how long it took: least, median, 95th of a hundred, most"},
    {0, "timing", OPT_FLAG(struct predict_args, timing),
     .help = "Tell where the time went: DNS, connection, TLS, first byte; and whether the instance was cold"},
    {0, "timeout", OPT_INT(struct predict_args, timeout_s), .arg = "SECONDS",
     .help = "Give up after this long; default 300"},
    {0, "wait", OPT_STR(struct predict_args, wait), .arg = "TIME",
     .help = "Ask again for so long while the service starts or is full (503, 429); default 60s, 0 does not"},
    CLI_CREDENTIAL_OPTIONS(struct predict_args, cred),
    OPT_END,
};

static int no_service(const struct cli_connection *link, const struct cr_plan *plan, struct cr_error *err)
{
    cr_fail(err, CR_E_API, "there is no service '%s' in project '%s', region '%s'", cr_plan_text(plan, CR_KEY_NAME),
            cr_plan_text(plan, CR_KEY_PROJECT), cr_plan_text(plan, CR_KEY_REGION));
    return cr_hint(err, "'crdeploy deploy --platform %s' makes it", link->platform->name);
}

static int no_tag(const struct cr_plan *plan, const char *tag, struct cr_error *err)
{
    const char *name = cr_plan_text(plan, CR_KEY_NAME);

    cr_fail(err, CR_E_API, "the service '%s' has no tag '%s'", name, tag);
    return cr_hint(err,
                   "'crdeploy revisions list --service %s' shows the tags; 'crdeploy traffic %s --update-tags "
                   "%s=REVISION' makes one",
                   name, name, tag);
}

/* The addresses of the service, and of the tag where one is wanted. */
static int service_url(struct cli_connection *link, const struct cr_plan *plan, const char *tag, char **audience,
                       char **url, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cli_service_name(plan);
    json_auto_t *service = NULL;
    const char *uri, *tagged;

    if (gcp_run_get(&link->gcp, name, &service, err) < 0)
        return -1;
    if (!service)
        return no_service(link, plan, err);
    uri = json_string_value(json_object_get(service, "uri"));
    if (!uri) {
        cr_fail(err, CR_E_API, "the service '%s' has no address: no revision of it became ready",
                cr_plan_text(plan, CR_KEY_NAME));
        return cr_hint(err, "'crdeploy deploy --platform %s' says why, or makes one that does", link->platform->name);
    }
    tagged = tag ? cli_tag_uri(service, tag) : uri;
    if (!*tagged)
        return no_tag(plan, tag, err);
    *audience = cr_strdup(uri);
    *url = cr_strdup(tagged);
    return 0;
}

/* TAG---HOST, as Cloud Run and the local platform name it. */
static char *tag_address(const char *url, const char *tag)
{
    const char *host = strstr(url, "://") + 3;

    return cr_format("%.*s%s---%s", (int)(host - url), url, tag, host);
}

static int need(const struct cr_plan *plan, enum cr_key key, const char *option, struct cr_error *err)
{
    if (cr_plan_has(plan, key))
        return 0;
    cr_fail(err, CR_E_USAGE, "which %s is meant is not said", option);
    return cr_hint(err, "pass --%s=…, or run where there is a crdeploy.yaml, or 'crdeploy config set'", option);
}

/* Where to ask, and for whom a token is; connects. */
static int find(struct cmd *c, const struct cr_plan *plan, struct cli_connection *link, char **audience, char **url,
                struct cr_error *err)
{
    const struct predict_args *a = c->args;

    if (a->url) {
        *audience = cr_strdup(a->url);
        *url = a->tag ? tag_address(a->url, a->tag) : cr_strdup(a->url);
        return cli_connect_url(plan, &a->cred, c->ui, link, err);
    }
    if (need(plan, CR_KEY_NAME, "service", err) < 0 || need(plan, CR_KEY_PROJECT, "project", err) < 0 ||
        need(plan, CR_KEY_REGION, "region", err) < 0 || cli_connect(plan, &a->cred, c->ui, link, err) < 0)
        return -1;
    return service_url(link, plan, a->tag, audience, url, err);
}

static int check_many(const struct predict_args *a, struct cr_error *err)
{
    if (a->batch && a->repeat) {
        cr_fail(err, CR_E_USAGE, "--batch and --repeat do not go together");
        return cr_hint(err, "--repeat asks one request again and again; a batch asks each line once");
    }
    if (a->repeat < 0 || a->repeat > REPEAT_MAX) {
        cr_fail(err, CR_E_USAGE, "--repeat %" PRId64 " is no number of times", a->repeat);
        return cr_hint(err, "give 1 to %d, such as --repeat 20", REPEAT_MAX);
    }
    if (a->parallel < 0 || a->parallel > CLI_PARALLEL_MAX) {
        cr_fail(err, CR_E_USAGE, "--parallel %" PRId64 " is not possible", a->parallel);
        return cr_hint(err, "give 1 to %d, such as --parallel 8", CLI_PARALLEL_MAX);
    }
    if (a->parallel > 1 && !a->batch && !a->repeat) {
        cr_fail(err, CR_E_USAGE, "--parallel %" PRId64 " has one request to ask", a->parallel);
        return cr_hint(err, "add --batch for a request in each line, or --repeat N");
    }
    return 0;
}

static int read_wait(const char *text, int64_t *ms, struct cr_error *err)
{
    int64_t s = WAIT_S;

    if (text && cr_duration_parse(text, &s, err) < 0) {
        err->code = CR_E_USAGE;
        return cr_wrap(err, "--wait");
    }
    *ms = s < 86400 ? s * 1000 : 86400000;
    return 0;
}

static int check_args(const struct predict_args *a, struct cr_error *err)
{
    if (a->url && strncmp(a->url, "http://", 7) != 0 && strncmp(a->url, "https://", 8) != 0) {
        cr_fail(err, CR_E_USAGE, "'%s' is no address of a service", a->url);
        return cr_hint(err, "give what deploy printed, such as --url https://NAME-NUMBER.REGION.run.app");
    }
    if (a->timeout_s < 0 || a->timeout_s > 86400) {
        cr_fail(err, CR_E_USAGE, "--timeout %" PRId64 " is no time to wait", a->timeout_s);
        return cr_hint(err, "give seconds, such as --timeout 60");
    }
    return check_many(a, err);
}

/* --file says it as @FILE and - do; new. */
static int request_of(const struct cmd *c, char **arg, struct cr_error *err)
{
    const struct predict_args *a = c->args;

    if (a->file && c->npos) {
        cr_fail(err, CR_E_USAGE, "the request is given twice: '%.40s' and --file %s", c->pos[0], a->file);
        return cr_hint(err, "leave one of them out");
    }
    if (!a->file && !c->npos) {
        cr_fail(err, CR_E_USAGE, "REQUEST is missing");
        return cr_hint(err, "give JSON, @FILE, or - for standard input; see 'crdeploy help predict'");
    }
    *arg = !a->file ? cr_strdup(c->pos[0]) : strcmp(a->file, "-") == 0 ? cr_strdup("-") : cr_format("@%s", a->file);
    return 0;
}

static void waiting(void *ud, int status, int64_t left_ms)
{
    CR_AUTO_FREE char *what =
        cr_format("HTTP %d: waiting for the service, %" PRId64 " s left", status, (left_ms + 999) / 1000);

    ui_progress(ud, what, 0, 0, false);
}

static int show(struct cmd *c, const struct cli_answer *a, bool timing, struct cr_error *err)
{
    if (timing && !c->json) {
        CR_AUTO_FREE char *text = predict_timing_text(a);

        ui_note(c->ui, "%s", text);
    }
    if (c->json)
        return cmd_json(c, predict_answer_json(a, timing), err);
    predict_body_show(c, a);
    return 0;
}

static int ask_once(struct cmd *c, struct cli_connection *link, const struct cli_question *q, struct cr_error *err)
{
    const struct predict_args *a = c->args;
    CLI_AUTO_ANSWER struct cli_answer answer = {0};

    ui_progress(c->ui, "waiting for the answer", 0, 0, false);
    if (cli_ask(link, q, &answer, err) < 0)
        return -1;
    ui_done(c->ui, NULL);
    return show(c, &answer, a->timing, err);
}

static int load_plan(struct cmd *c, struct cr_manifest *manifest, struct cr_plan *plan, struct cr_error *err)
{
    const struct predict_args *a = c->args;
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};

    if (cli_plan_load(NULL, &a->plan, false, manifest, plan, &problems, err) < 0)
        return -1;
    return cr_problems_errors(&problems) ? cmd_problems(c, &problems, CR_MANIFEST_NAME, err) : 0;
}

/* The connection and the question, but for its body, are there. */
static int ask(struct cmd *c, struct cli_connection *link, struct cli_question *q, struct cli_lines *lines,
               struct cr_error *err)
{
    const struct predict_args *a = c->args;
    const struct predict_many many = {c, link, q, a->parallel ? (int)a->parallel : 1, a->timing};

    if (a->batch)
        return predict_batch(&many, lines, err);
    return a->repeat ? predict_repeat(&many, a->repeat, err) : ask_once(c, link, q, err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct predict_args *a = c->args;
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    CLI_AUTO_LINES struct cli_lines lines = {0};
    CR_AUTO_FREE char *arg = NULL, *body = NULL, *url = NULL, *audience = NULL;
    struct cli_question q = {.timeout_ms = a->timeout_s * 1000, .waiting = waiting, .ud = c->ui};

    if (check_args(a, err) < 0 || read_wait(a->wait, &q.wait_ms, err) < 0 || request_of(c, &arg, err) < 0 ||
        (a->batch ? cli_lines_open(arg, &lines, err) : cli_request_read(arg, &body, &q.len, err)) < 0 ||
        load_plan(c, &manifest, &plan, err) < 0 || find(c, &plan, &link, &audience, &url, err) < 0)
        return -1;
    q.url = url;
    q.audience = audience;
    q.body = body;
    q.path = a->path                                  ? a->path
             : cr_plan_has(&plan, CR_KEY_SERVER_PATH) ? cr_plan_text(&plan, CR_KEY_SERVER_PATH)
                                                      : "/predict";
    return ask(c, &link, &q, &lines, err);
}

const struct verb verb_predict = {
    .name = "predict",
    .args = "[REQUEST]",
    .summary = "Ask the deployed model and print its answer",
    .about =
        "REQUEST is JSON, @FILE, or - for standard input; --file FILE says the same. The body of the answer is printed "
        "as it came; --json wraps it with the status, the address and the time.\n\n"
        "With --batch every line is a request. A line that fails is answered by {\"error\": …}, the others go on, "
        "and the exit status is that of the first failure. At most twice as many requests as --parallel says are held "
        "at a time. Ctrl-C ends with what is answered so far; --json writes one document, row by row.\n\n"
        "A service that starts or is full answers 503 or 429: the request is sent again until --wait is over, so a "
        "request may reach the model twice. A private service gets an identity token for its own address.\n\n"
        "Whether an instance was cold is what the server says: crdeploy's own sends X-Crdeploy-Cold: true with an "
        "instance's first answer, false with every other, and X-Crdeploy-Ms, the time inside the server; of other "
        "servers it is not known. Times of --timing count from the start of the request.\n\n"
        "The exit status tells an answer (0), a refused request (6), a failed model (7) and no answer (5) apart.",
    .examples =
        (const char *const[]){"crdeploy predict '{\"context\": \"Sugar is sweet.\", \"question\": \"What is sugar?\"}'",
                              "crdeploy predict --platform local @request.json",
                              "crdeploy predict --batch --file requests.ndjson --parallel 4",
                              "crdeploy predict --repeat 20 --timing @request.json", NULL},
    .max_args = 1,
    .arg_complete = OPT_C_FILE,
    .opts = opts,
    .args_size = sizeof(struct predict_args),
    .run = run,
};
