/* auth login: an account of the user's own by browser, or a credential file, remembered for later runs. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/account_file.h"
#include "cli/accounts.h"
#include "cli/browser.h"
#include "cli/cmd.h"
#include "cli/login_listen.h"
#include "cli/platform.h"
#include "cli/settings.h"
#include "gcp/auth_oauth.h"
#include "gcp/login.h"

enum { FILE_MAX = 256 << 10, LINE_MAX_BYTES = 16 << 10, WAIT_MS = 5 * 60 * 1000 };

struct login_args {
    struct cr_layer plan;
    const char *client_file, *cred_file, *port;
    bool no_browser, headless, no_activate, allow_custom;
};

static const struct opt opts[] = {
    {0, "client-file", OPT_STR(struct login_args, client_file), .arg = "FILE", .complete = OPT_C_FILE,
     .env = "CRDEPLOY_CLIENT_FILE", .help = "JSON of your OAuth client, of type 'Desktop app'"},
    {0, "cred-file", OPT_STR(struct login_args, cred_file), .arg = "FILE", .complete = OPT_C_FILE,
     .help = "Remember this credential file instead: a service account's key, or one for a federated identity"},
    {0, "key-file", OPT_STR(struct login_args, cred_file), .arg = "FILE", .complete = OPT_C_FILE,
     .help = "The same as --cred-file"},
    {0, "no-browser", OPT_FLAG(struct login_args, no_browser),
     .help = "Only print the address; a browser of this machine must visit it"},
    {0, "headless", OPT_FLAG(struct login_args, headless),
     .help = "For a machine without a browser: visit the address elsewhere, and paste here the one you end up at"},
    {0, "port", OPT_STR(struct login_args, port), .arg = "N",
     .help =
         "Port of this machine that the browser comes back to; default: the first free one of 8085 to 8184; 0: any"},
    {0, "no-activate", OPT_FLAG(struct login_args, no_activate), .help = "Leave the active account as it is"},
    {0, "allow-custom-endpoints", OPT_FLAG(struct login_args, allow_custom),
     .help = "Trust a file whose addresses are not Google's"},
    OPT_PLAN(struct login_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_END,
};

/* One login under way. */
struct attempt {
    struct cmd *c;
    struct gcp_login login;
    char *code;
};

static void attempt_clear(struct attempt *a)
{
    gcp_login_clear(&a->login);
    gcp_secret_wipe(&a->code);
}

static enum cli_listen_verdict judge(void *ud, const char *query, struct cr_error *err)
{
    struct attempt *a = ud;

    switch (gcp_login_answer(&a->login, query, &a->code, err)) {
    case GCP_LOGIN_GRANTED:
        return CLI_LISTEN_DONE;
    case GCP_LOGIN_STRANGER:
        ui_warn(a->c->ui, "%s; still waiting", err->msg);
        return CLI_LISTEN_ON;
    case GCP_LOGIN_DENIED:
        break;
    }
    return CLI_LISTEN_FAIL;
}

/* Shown whatever --quiet says: without it nothing goes on. */
static void show_address(const char *title, const char *url)
{
    fprintf(stderr, "%s\n\n    ", title);
    cr_clean_put(url, stderr);
    fputs("\n\n", stderr);
    fflush(stderr);
}

static int port_of(const char *text, int *port, struct cr_error *err)
{
    char *end = NULL;
    long n = text ? strtol(text, &end, 10) : -1;

    if (text && (!*text || *end || n < 0 || n > 65535)) {
        cr_fail(err, CR_E_USAGE, "'--port' is not a port: '%s'", text);
        return cr_hint(err, "a number from 0 to 65535; 0 takes any free one");
    }
    *port = (int)n;
    return 0;
}

static int by_browser(struct attempt *a, const struct login_args *args, const struct gcp *g,
                      const struct gcp_login_client *client, const char *account, struct cr_error *err)
{
    CLI_AUTO_LISTEN struct cli_listen l = CLI_LISTEN_INIT;
    CR_AUTO_FREE char *redirect = NULL, *url = NULL;
    int port;

    if (port_of(args->port, &port, err) < 0 || cli_listen_open(port, &l, err) < 0)
        return -1;
    redirect = cr_format("http://127.0.0.1:%d/", l.port);
    if (gcp_login_begin(redirect, &a->login, err) < 0)
        return -1;
    url = gcp_login_url(g, client, &a->login, account);
    if (!args->no_browser && cli_browser_open(url))
        show_address("A browser has been opened. If it does not show a login, visit:", url);
    else
        show_address("Visit with a browser of this machine:", url);
    ui_progress(a->c->ui, "waiting for the browser", 0, 0, false);
    if (cli_listen_wait(&l, WAIT_MS, judge, a, err) < 0)
        return -1;
    ui_done(a->c->ui, NULL);
    return 0;
}

/* A line of standard input, without its end; *line is NULL at the end of the input. New. */
static int read_line(char **line, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str text = CR_STR_INIT(LINE_MAX_BYTES);
    ssize_t n;
    char c;

    /* Byte by byte: what stands behind the line is not ours. */
    while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
        if (c != '\r' && cr_str_add(&text, &c, 1, err) < 0)
            return cr_wrap(err, "reading the address");
    if (n < 0)
        return cr_interrupt_check(err) < 0 ? -1
                                           : cr_fail(err, CR_E_IO, "cannot read standard input: %s", strerror(errno));
    *line = n == 0 && !text.len ? NULL : cr_str_take(&text);
    return 0;
}

/* Asks until what is pasted belongs to this login. */
static int by_paste(struct attempt *a, const struct login_args *args, const struct gcp *g,
                    const struct gcp_login_client *client, const char *account, struct cr_error *err)
{
    CR_AUTO_FREE char *redirect = NULL, *url = NULL;
    int port;

    if (port_of(args->port, &port, err) < 0)
        return -1;
    redirect = cr_format("http://localhost:%d/", port > 0 ? port : CLI_LISTEN_FIRST);
    if (gcp_login_begin(redirect, &a->login, err) < 0)
        return -1;
    url = gcp_login_url(g, client, &a->login, account);
    show_address("Visit with any browser:", url);
    fprintf(stderr, "The browser ends at a page it cannot open. Paste that page's address (%s?...) here:\n", redirect);
    for (;;) {
        CR_AUTO_FREE char *line = NULL;
        enum gcp_login_verdict verdict;
        struct cr_error why = {0};

        if (read_line(&line, err) < 0)
            return -1;
        if (!line) {
            cr_fail(err, CR_E_AUTH, "no address was pasted");
            return cr_hint(err, "run it in a terminal, or give the address on standard input");
        }
        if (!line[strspn(line, " \t")])
            continue;
        verdict = gcp_login_answer(&a->login, line + strspn(line, " \t"), &a->code, &why);
        explicit_bzero(line, strlen(line));
        if (verdict == GCP_LOGIN_GRANTED)
            return 0;
        if (verdict == GCP_LOGIN_DENIED) {
            *err = why;
            return -1;
        }
        ui_warn(a->c->ui, "%s; paste it again", why.msg);
    }
}

static int read_client(const struct login_args *args, bool allow_custom, struct gcp_login_client *client,
                       struct cr_error *err)
{
    char *text = NULL;
    size_t len;
    int rc;

    if (!args->client_file) {
        cr_fail(err, CR_E_USAGE, "a login needs an OAuth client of yours: --client-file FILE");
        return cr_hint(err,
                       "make one of type 'Desktop app' at console.cloud.google.com/apis/credentials, or use gcloud's "
                       "login: gcloud auth application-default login");
    }
    if (cr_file_read(args->client_file, FILE_MAX, &text, &len, err) < 0)
        return -1;
    rc = gcp_login_client_read(text, len, args->client_file, allow_custom, client, err);
    explicit_bzero(text, len);
    free(text);
    return rc;
}

/* Remembers the account and says so. Takes nothing. */
static int keep(struct cmd *c, const char *account, const json_t *credential, bool activate, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL;

    if (cli_account_save(account, credential, &path, err) < 0 || (activate && cli_account_activate(account, err) < 0))
        return -1;
    ui_note(c->ui, "%s as %s", activate ? "logged in" : "remembered", account);
    if (c->json)
        return cmd_json(c, json_pack("{s:s, s:s, s:b}", "account", account, "file", path, "active", activate), err);
    fprintf(c->out, "%s\n", account);
    return 0;
}

static int keep_tokens(struct cmd *c, const struct login_args *args, const struct gcp_login_client *client,
                       const struct gcp_login_tokens *tokens, const char *wanted, struct cr_error *err)
{
    json_t *credential;
    int rc;

    if (wanted && strcasecmp(wanted, tokens->email) != 0) {
        cr_fail(err, CR_E_AUTH, "the browser logged in '%s', not '%s'", tokens->email, wanted);
        return cr_hint(err, "choose the other account in the browser, or run: crdeploy auth login %s", tokens->email);
    }
    credential = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "authorized_user", "account", tokens->email,
                           "client_id", client->id, "client_secret", client->secret, "refresh_token", tokens->refresh,
                           "universe_domain", "googleapis.com");
    rc = keep(c, tokens->email, cr_oom_check(credential), !args->no_activate, err);
    gcp_json_wipe(credential);
    return rc;
}

static int login(struct cmd *c, const struct login_args *args, struct cli_connection *link, struct cr_error *err)
{
    GCP_AUTO_LOGIN_CLIENT struct gcp_login_client client = {0};
    GCP_AUTO_LOGIN_TOKENS struct gcp_login_tokens tokens = {0};
    __attribute__((cleanup(attempt_clear))) struct attempt a = {.c = c};
    const char *account = c->npos ? c->pos[0] : NULL;

    if (read_client(args, args->allow_custom || link->env.allow_custom, &client, err) < 0)
        return -1;
    if (args->headless ? by_paste(&a, args, &link->gcp, &client, account, err) < 0
                       : by_browser(&a, args, &link->gcp, &client, account, err) < 0)
        return -1;
    if (gcp_login_finish(&link->gcp, &client, &a.login, a.code, &tokens, err) < 0)
        return -1;
    return keep_tokens(c, args, &client, &tokens, account, err);
}

/* A credential file is tried before it is remembered. */
static int adopt(struct cmd *c, const struct login_args *args, struct cli_connection *link, struct cr_error *err)
{
    GCP_AUTO_SECRET_JSON json_t *credential = NULL;
    CR_AUTO_FREE char *account = NULL;

    if (cli_account_read_file(args->cred_file, &credential, err) < 0 ||
        cli_account_name_of(credential, args->cred_file, c->npos ? c->pos[0] : NULL, &account, err) < 0 ||
        cli_account_try(link, credential, args->cred_file, args->allow_custom || link->env.allow_custom, err) < 0)
        return -1;
    return keep(c, account, credential, !args->no_activate, err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct login_args *args = c->args;
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};

    if (args->client_file && args->cred_file) {
        cr_fail(err, CR_E_USAGE, "--client-file and --cred-file are two ways to log in");
        return cr_hint(err, "--client-file is for a person, --cred-file for a service account: give one of them");
    }
    if (c->npos && cli_account_check(c->pos[0], err) < 0)
        return -1;
    if (cli_plan_load(NULL, &args->plan, false, &manifest, &plan, &problems, err) < 0 ||
        cli_connect_bare(&plan, c->ui, &link, err) < 0)
        return -1;
    return args->cred_file ? adopt(c, args, &link, err) : login(c, args, &link, err);
}

const struct verb verb_auth_login = {
    .name = "auth login",
    .args = "[ACCOUNT]",
    .summary = "Log in with a browser, or remember a credential file",
    .about =
        "A login goes through a browser and an OAuth client of your own, of type 'Desktop app', made at "
        "https://console.cloud.google.com/apis/credentials; its JSON is the FILE of --client-file. The browser comes "
        "back to "
        "a port of this machine; with --headless it may be anywhere, and you paste the address it ends at.\n\n"
        "What is remembered stands in $XDG_CONFIG_HOME/crdeploy/credentials/ACCOUNT.json, mode 0600, in the form that "
        "Google's libraries read. The account becomes the active one: the setting 'account'. ACCOUNT is offered first "
        "by "
        "the browser, and another one is refused.\n\n"
        "--cred-file takes the key of a service account or the file of a federated identity, gets a token with it, and "
        "remembers it the same way. gcloud's own logins need none of this: they are found where gcloud keeps them.",
    .examples = (const char *const[]){"crdeploy auth login --client-file client.json",
                                      "crdeploy auth login --client-file client.json --headless ada@example.com",
                                      "crdeploy auth login --cred-file key.json", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct login_args),
    .run = run,
};
