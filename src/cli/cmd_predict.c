#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/settings.h"
#include "gcp/run.h"

enum { REQUEST_MAX = 32 << 20 }; /* what Cloud Run takes as a request over HTTP/1 */

struct predict_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    const char *url, *path;
    int64_t timeout_s;
};

static const struct opt opts[] = {
    OPT_PLAN(struct predict_args, plan, CR_KEY_NAME, "service"),
    OPT_PLAN(struct predict_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_PLAN(struct predict_args, plan, CR_KEY_PROJECT, "project"),
    OPT_PLAN(struct predict_args, plan, CR_KEY_REGION, "region"),
    {0, "url", OPT_STR(struct predict_args, url), .arg = "URL",
     .help = "Ask this address instead of looking the service up"},
    {0, "path", OPT_STR(struct predict_args, path), .arg = "PATH",
     .help = "Path to POST to; default: the manifest's server.path"},
    {0, "timeout", OPT_INT(struct predict_args, timeout_s), .arg = "SECONDS",
     .help = "Give up after this long; default 300"},
    CLI_CREDENTIAL_OPTIONS(struct predict_args, cred),
    OPT_END,
};

static int read_stdin(char **text, size_t *len, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str all = CR_STR_INIT(REQUEST_MAX);
    char part[16384];
    ssize_t n;

    while ((n = read(STDIN_FILENO, part, sizeof(part))) > 0)
        if (cr_str_add(&all, part, (size_t)n, err) < 0)
            return cr_wrap(err, "reading standard input");
    if (n < 0)
        return cr_interrupt_check(err) < 0 ? -1
                                           : cr_fail(err, CR_E_IO, "cannot read standard input: %s", strerror(errno));
    *len = all.len;
    *text = cr_str_take(&all);
    return 0;
}

static int check_request(const char *arg, const char *text, size_t len, struct cr_error *err)
{
    const char *from = *arg == '@' ? arg + 1 : strcmp(arg, "-") == 0 ? "standard input" : NULL;
    json_auto_t *json = NULL;
    json_error_t at;

    if (!text[strspn(text, " \t\r\n")]) {
        cr_fail(err, CR_E_USAGE, "%s%sthe request is empty", from ? from : "", from ? ": " : "");
        return cr_hint(err, "give JSON, @FILE, or - for standard input");
    }
    json = json_loadb(text, len, JSON_DECODE_ANY, &at);
    if (json)
        return 0;
    if (from) {
        cr_fail(err, CR_E_USAGE, "%s:%d:%d: the request is no JSON: %s", from, at.line, at.column, at.text);
        return cr_hint(err, "such as: {\"context\": \"…\", \"question\": \"…\"}");
    }
    cr_fail(err, CR_E_USAGE, "the request is no JSON: line %d, column %d: %s", at.line, at.column, at.text);
    return cr_hint(
        err, "quote it for the shell: crdeploy predict '{\"context\": \"…\", \"question\": \"…\"}', or give @FILE");
}

/* JSON itself, @FILE, or - for standard input; checked before anything is sent. */
static int read_request(const char *arg, char **text, size_t *len, struct cr_error *err)
{
    if (strcmp(arg, "-") == 0) {
        if (read_stdin(text, len, err) < 0)
            return -1;
    } else if (*arg == '@') {
        if (!arg[1]) {
            cr_fail(err, CR_E_USAGE, "'@' names no file");
            return cr_hint(err, "write the file's name behind it: crdeploy predict @request.json");
        }
        if (cr_file_read(arg + 1, REQUEST_MAX, text, len, err) < 0) {
            cr_wrap(err, "reading the request");
            return cr_hint(err, "what stands behind @ is a file with the request; JSON itself starts with { or [");
        }
    } else {
        *text = cr_strdup(arg);
        *len = strlen(arg);
    }
    return check_request(arg, *text, *len, err);
}

static int service_url(struct cli_connection *link, const struct cr_plan *plan, char **url, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cli_service_name(plan);
    json_auto_t *service = NULL;
    const char *uri;

    if (gcp_run_get(&link->gcp, name, &service, err) < 0)
        return -1;
    if (!service) {
        cr_fail(err, CR_E_API, "there is no service '%s' in project '%s', region '%s'", cr_plan_text(plan, CR_KEY_NAME),
                cr_plan_text(plan, CR_KEY_PROJECT), cr_plan_text(plan, CR_KEY_REGION));
        return cr_hint(err, "'crdeploy deploy --platform %s' makes it", link->platform->name);
    }
    uri = json_string_value(json_object_get(service, "uri"));
    if (!uri) {
        cr_fail(err, CR_E_API, "the service '%s' has no address: no revision of it became ready",
                cr_plan_text(plan, CR_KEY_NAME));
        return cr_hint(err, "'crdeploy deploy --platform %s' says why, or makes one that does", link->platform->name);
    }
    *url = cr_strdup(uri);
    return 0;
}

static int show(struct cmd *c, const struct cli_answer *a, struct cr_error *err)
{
    if (c->json)
        return cmd_json(c,
                        json_pack("{s:i, s:s, s:I, s:o}", "status", a->status, "url", a->url, "ms", (json_int_t)a->ms,
                                  "response", a->json ? json_incref(a->json) : json_stringn(a->body, a->len)),
                        err);
    fwrite(a->body, 1, a->len, c->out);
    if (!a->len || a->body[a->len - 1] != '\n')
        fputc('\n', c->out);
    return 0;
}

static int need(const struct cr_plan *plan, enum cr_key key, const char *option, struct cr_error *err)
{
    if (cr_plan_has(plan, key))
        return 0;
    cr_fail(err, CR_E_USAGE, "which %s is meant is not said", option);
    return cr_hint(err, "pass --%s=…, or run where there is a crdeploy.yaml, or 'crdeploy config set'", option);
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
    return 0;
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct predict_args *a = c->args;
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    CLI_AUTO_ANSWER struct cli_answer answer = {0};
    CR_AUTO_FREE char *body = NULL, *url = a->url ? cr_strdup(a->url) : NULL;
    struct cli_question q = {.timeout_ms = a->timeout_s * 1000};

    if (check_args(a, err) < 0 || read_request(c->pos[0], &body, &q.len, err) < 0 ||
        cli_plan_load(NULL, &a->plan, false, &manifest, &plan, &problems, err) < 0)
        return -1;
    if (cr_problems_errors(&problems) && cmd_problems(c, &problems, CR_MANIFEST_NAME, err) < 0)
        return -1;
    if (!url && (need(&plan, CR_KEY_NAME, "service", err) < 0 || need(&plan, CR_KEY_PROJECT, "project", err) < 0 ||
                 need(&plan, CR_KEY_REGION, "region", err) < 0))
        return -1;
    if (url ? cli_connect_url(&plan, &a->cred, c->ui, &link, err) < 0
            : cli_connect(&plan, &a->cred, c->ui, &link, err) < 0 || service_url(&link, &plan, &url, err) < 0)
        return -1;
    q.url = url;
    q.path = a->path                                  ? a->path
             : cr_plan_has(&plan, CR_KEY_SERVER_PATH) ? cr_plan_text(&plan, CR_KEY_SERVER_PATH)
                                                      : "/predict";
    q.body = body;
    ui_progress(c->ui, "waiting for the answer", 0, 0, false);
    if (cli_ask(&link, &q, &answer, err) < 0)
        return -1;
    ui_done(c->ui, NULL);
    return show(c, &answer, err);
}

const struct verb verb_predict = {
    .name = "predict",
    .args = "REQUEST",
    .summary = "Ask the deployed model and print its answer",
    .about =
        "REQUEST is JSON, @FILE, or - for standard input. The body of the answer is printed as it came; --json wraps "
        "it with "
        "the status, the address and the time.\n\nThe exit status tells an answer (0), a refused request (6), a failed "
        "model (7) and no answer (5) apart.",
    .examples =
        (const char *const[]){"crdeploy predict '{\"context\": \"Sugar is sweet.\", \"question\": \"What is sugar?\"}'",
                              "crdeploy predict --platform local @request.json", NULL},
    .min_args = 1,
    .max_args = 1,
    .arg_complete = OPT_C_FILE,
    .opts = opts,
    .args_size = sizeof(struct predict_args),
    .run = run,
};
