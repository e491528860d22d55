#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/daemon.h"
#include "gcp/auth.h"
#include "gcp/endpoints.h"
#include "gcp/gcp.h"
#include "gcp/http_curl.h"
#include "gcp/logging.h"

static int not_running(struct cr_error *err)
{
    cr_fail(err, CR_E_NET, "the local platform is not running");
    return cr_hint(err, "crdeploy local up");
}

static int find(struct cli_daemon *d, struct cr_error *err)
{
    bool running;

    if (cli_daemon_find(d, &running, err) < 0)
        return -1;
    return running ? 0 : not_running(err);
}

/* local up */

struct up_args {
    const char *port, *ingress_port, *runtime;
};

static const char *const runtimes[] = {"auto", "podman", "docker", "none", NULL};

static const struct opt up_opts[] = {
    {0, "port", OPT_STR(struct up_args, port), .arg = "N", .help = "Port of the APIs; 0 takes any free one"},
    {0, "ingress-port", OPT_STR(struct up_args, ingress_port), .arg = "N",
     .help = "Port at which services answer; 0 takes any free one"},
    {0, "runtime", OPT_STR(struct up_args, runtime), .arg = "RUNTIME", .help = "What builds images and runs containers",
     .choices = runtimes},
    OPT_END,
};

static int port_of(const char *name, const char *text, int *port, struct cr_error *err)
{
    char *end;
    long n;

    if (!text)
        return 0;
    n = strtol(text, &end, 10);
    if (!*text || *end || n < 0 || n > 65535) {
        cr_fail(err, CR_E_USAGE, "'--%s' is not a port: '%s'", name, text);
        return cr_hint(err, "a number from 0 to 65535; 0 takes any free one");
    }
    *port = (int)n;
    return 0;
}

static json_t *about(const struct cli_daemon *d)
{
    return json_pack("{s:b, s:s, s:i, s:i}", "running", 1, "url", d->url, "ingress_port", d->ingress_port, "pid",
                     (int)d->pid);
}

static int run_up(struct cmd *c, struct cr_error *err)
{
    const struct up_args *a = c->args;
    CLI_AUTO_DAEMON struct cli_daemon d = {0};
    struct cli_daemon_opt o = {.port = -1, .ingress_port = -1, .runtime = a->runtime};

    if (port_of("port", a->port, &o.port, err) < 0 ||
        port_of("ingress-port", a->ingress_port, &o.ingress_port, err) < 0 || cli_daemon_start(c->ui, &o, &d, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, about(&d), err);
    fprintf(c->out, "%s\n", d.url);
    return 0;
}

const struct verb verb_local_up = {
    .name = "local up",
    .args = "",
    .summary = "Start the local platform",
    .about = "Starts crdeploy-local in the background unless it runs already, and prints the address of its APIs. "
             "Every verb "
             "with --platform local does the same when it needs to.",
    .examples = (const char *const[]){"crdeploy local up", "crdeploy local up --port 0 --ingress-port 8000", NULL},
    .opts = up_opts,
    .args_size = sizeof(struct up_args),
    .run = run_up,
};

/* local down */

static const struct opt no_opts[] = {OPT_END};

static int run_down(struct cmd *c, struct cr_error *err)
{
    bool was;

    if (cli_daemon_stop(&was, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:b}", "stopped", was), err);
    ui_note(c->ui, was ? "stopped the local platform and its containers" : "the local platform was not running");
    return 0;
}

const struct verb verb_local_down = {
    .name = "local down",
    .args = "",
    .summary = "Stop the local platform and its containers",
    .about = "Services, images and builds are kept, and are there again when it is next started.",
    .examples = (const char *const[]){"crdeploy local down", NULL},
    .opts = no_opts,
    .args_size = 1,
    .run = run_down,
};

/* local status */

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text ? text : "-";
}

static const char *short_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

static void show_instance(struct cmd *c, const json_t *row)
{
    fprintf(c->out, "instance   %s  pid %" JSON_INTEGER_FORMAT, text_of(row, "revision"),
            json_integer_value(json_object_get(row, "pid")));
    if (json_is_true(json_object_get(row, "published")))
        fprintf(c->out, "  published on 127.0.0.1:%" JSON_INTEGER_FORMAT,
                json_integer_value(json_object_get(row, "port")));
    fputc('\n', c->out);
}

static void show_status(struct cmd *c, const struct cli_daemon *d, const json_t *status)
{
    const json_t *row;
    size_t i;

    fprintf(c->out, "%-10s %s\n%-10s %d\n%-10s %d\n%-10s %s\n", "url", d->url, "ingress", d->ingress_port, "pid",
            (int)d->pid, "runtime", text_of(status, "runtime"));
    if (json_object_get(status, "note"))
        ui_warn(c->ui, "%s", text_of(status, "note"));
    json_array_foreach(json_object_get(status, "services"), i, row)
        fprintf(c->out, "service    %s  %s  %s\n", short_name(text_of(row, "name")), text_of(row, "state"),
                text_of(row, "uri"));
    json_array_foreach(json_object_get(status, "instances"), i, row) if (json_is_true(json_object_get(row, "running")))
        show_instance(c, row);
}

static int run_status(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_DAEMON struct cli_daemon d = {0};
    bool running;
    json_t *status;

    if (cli_daemon_find(&d, &running, err) < 0)
        return -1;
    if (!running && c->json)
        return cmd_json(c, json_pack("{s:b}", "running", 0), err);
    if (!running)
        return not_running(err);
    if (cli_daemon_call(&d, "GET", "/local/status", &status, err) < 0)
        return -1;
    if (c->json) {
        json_object_set_new(status, "running", json_true());
        return cmd_json(c, status, err);
    }
    show_status(c, &d, status);
    json_decref(status);
    return 0;
}

const struct verb verb_local_status = {
    .name = "local status",
    .args = "",
    .summary = "Show the local platform, its services and its containers",
    .about =
        "Fails with the status of a network error when the platform is not running; with --json that is no error, and "
        "\"running\" is false.",
    .examples = (const char *const[]){"crdeploy local status", "crdeploy local status --json", NULL},
    .opts = no_opts,
    .args_size = 1,
    .run = run_status,
};

/* local logs */

struct logs_args {
    int64_t limit;
};

static const struct opt logs_opts[] = {
    {0, "limit", OPT_INT(struct logs_args, limit), .arg = "N", .help = "Lines at most, the newest (default: 1000)"},
    OPT_END,
};

static int fetch_entries(const struct cli_daemon *d, const char *project, const char *service, int64_t limit,
                         json_t **entries, struct cr_error *err)
{
    CR_AUTO_FREE char *filter = service ? cr_format("resource.type=\"cloud_run_revision\" AND "
                                                    "resource.labels.service_name=\"%s\"",
                                                    service)
                                        : cr_strdup("resource.type=\"cloud_run_revision\"");
    struct gcp_logging_query q = {.project = project,
                                  .filter = filter,
                                  .max = limit > 0 && limit < 100000 ? (int)limit : 1000,
                                  .newest_first = true};
    struct gcp_http *http = gcp_http_curl_new(NULL);
    struct gcp_auth *auth = gcp_auth_fixed(d->token, d->token);
    struct gcp g;
    int rc;

    gcp_init(&g, http, auth, NULL);
    rc = gcp_endpoints_set(&g, d->url, NULL, NULL, err);
    if (rc == 0)
        rc = gcp_logging_list(&g, &q, entries, err);
    gcp_clear(&g);
    gcp_auth_free(auth);
    gcp_http_curl_free(http);
    return rc;
}

/* The project in "projects/P/locations/…"; new. A service may stand in another than the platform's own: gcloud's. */
static char *project_of(const char *name)
{
    return strncmp(name, "projects/", 9) == 0 ? cr_strndup(name + 9, strcspn(name + 9, "/")) : cr_strdup("local");
}

/* What the services said, or the one of that name, project by project, newest first. */
static int collect(const struct cli_daemon *d, const char *service, int64_t limit, json_t *all, struct cr_error *err)
{
    json_auto_t *status = NULL, *projects = json_object();
    const char *project;
    json_t *row, *entries;
    size_t i;

    if (cli_daemon_call(d, "GET", "/local/status", &status, err) < 0)
        return -1;
    json_array_foreach(json_object_get(status, "services"), i, row)
    {
        CR_AUTO_FREE char *own = project_of(text_of(row, "name"));

        if (!service || strcmp(short_name(text_of(row, "name")), service) == 0)
            json_object_set_new(projects, own, json_true());
    }
    if (!json_object_size(projects))
        json_object_set_new(projects, "local", json_true()); /* what a service that was deleted said */
    json_object_foreach(projects, project, row)
    {
        if (fetch_entries(d, project, service, limit, &entries, err) < 0)
            return -1;
        json_array_extend(all, entries);
        json_decref(entries);
    }
    return 0;
}

static void show_entry(struct cmd *c, const json_t *entry, bool with_service)
{
    const json_t *labels = json_object_get(json_object_get(entry, "resource"), "labels");
    CR_AUTO_FREE char *payload = json_dumps(json_object_get(entry, "jsonPayload"), JSON_COMPACT);
    const char *text = json_string_value(json_object_get(entry, "textPayload"));

    if (with_service)
        fprintf(c->out, "%s ", text_of(labels, "revision_name"));
    fprintf(c->out, "%s %s\n", text_of(entry, "timestamp"), text ? text : payload ? payload : "");
}

static int run_logs(struct cmd *c, struct cr_error *err)
{
    const struct logs_args *a = c->args;
    const char *service = c->npos ? c->pos[0] : NULL;
    CLI_AUTO_DAEMON struct cli_daemon d = {0};
    json_auto_t *entries = json_array();

    if (service && service[strspn(service, "abcdefghijklmnopqrstuvwxyz0123456789-")]) {
        cr_fail(err, CR_E_USAGE, "'%s' is not the name of a service", service);
        return cr_hint(err, "'crdeploy local status' lists them");
    }
    if (find(&d, err) < 0 || collect(&d, service, a->limit, entries, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:O}", "entries", entries), err);
    if (!json_array_size(entries))
        ui_note(c->ui, "nothing has been said; 'crdeploy local status' lists the services");
    for (size_t i = json_array_size(entries); i-- > 0;) /* they came newest first */
        show_entry(c, json_array_get(entries, i), !service);
    return 0;
}

const struct verb verb_local_logs = {
    .name = "local logs",
    .args = "[SERVICE]",
    .summary = "Print what the services on the local platform said",
    .about = "What the containers printed, and what the platform says about them, oldest first.",
    .examples = (const char *const[]){"crdeploy local logs", "crdeploy local logs distilbert", NULL},
    .max_args = 1,
    .opts = logs_opts,
    .args_size = sizeof(struct logs_args),
    .run = run_logs,
};
