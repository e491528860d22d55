#include <ctype.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/doc.h"
#include "cli/platform.h"

/* The day of this version, as pages show it. */
#define RELEASED "2026-11-24"

/* Text as roff: a hyphen that can be copied, a backslash, and no line that starts with a control character. */
static void text(const char *s, FILE *out)
{
    bool start = true;

    for (; *s; s++) {
        if (start && (*s == '.' || *s == '\''))
            fputs("\\&", out);
        if (*s == '-')
            fputs("\\-", out);
        else if (*s == '\\')
            fputs("\\e", out);
        else
            fputc(*s, out);
        start = *s == '\n';
    }
}

/* Paragraphs: a blank line in the text starts a new one. */
static void paragraphs(const char *s, FILE *out)
{
    for (const char *end; (end = strstr(s, "\n\n")); s = end + 2) {
        char part[4096];

        snprintf(part, sizeof(part), "%.*s", (int)(end - s), s);
        text(part, out);
        fputs("\n.PP\n", out);
    }
    text(s, out);
    fputc('\n', out);
}

static void title(const char *name, const char *section, const char *summary, FILE *out)
{
    fputs(".\\\" Generated from the tables in src/cli and src/core; 'make docs' writes it anew.\n.TH ", out);
    for (const char *p = name; *p; p++)
        fputc(toupper((unsigned char)*p), out);
    fprintf(out, " %s \"" RELEASED "\" \"crdeploy " CR_VERSION "\" \"crdeploy manual\"\n.SH NAME\n", section);
    text(name, out);
    fputs(" \\- ", out);
    text(summary, out);
    fputc('\n', out);
}

static void option(const struct opt *o, FILE *out)
{
    const char *const *c = opt_choices(o);

    fputs(".TP\n", out);
    if (o->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
    fputs("\\fB\\-\\-", out);
    if (opt_has_no(o))
        fputs("[no\\-]", out);
    text(opt_name(o), out);
    fputs("\\fR", out);
    if (!opt_is_flag(o))
        fprintf(out, "=\\fI%s\\fR", opt_arg(o) ? opt_arg(o) : "VALUE");
    fputc('\n', out);
    text(opt_help_text(o), out);
    fputs(".\n", out);
    for (size_t i = 0; c && c[i]; i++) {
        fputs(i ? ", " : "One of: ", out);
        text(c[i], out);
        fputs(c[i + 1] ? "" : ".\n", out);
    }
    if (opt_env(o))
        fprintf(out, "Also set by the environment variable \\fB%s\\fR.\n", opt_env(o));
}

static void options(const struct opt *rows, FILE *out)
{
    for (; rows->type; rows++)
        option(rows, out);
}

static void exit_statuses(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
    for (int code = 0; code < CR_CODE_COUNT; code++) {
        fprintf(out, ".TP\n.B %d\n", cr_code_exit(code));
        text(cr_code_name(code), out);
        fputs(": ", out);
        text(cr_code_meaning(code), out);
        fputs(".\n", out);
    }
}

void doc_man_verb(const struct verb *v, FILE *out)
{
    char name[64], summary[256];

    snprintf(name, sizeof(name), "crdeploy-%s", v->name);
    for (char *p = strchr(name, ' '); p; p = strchr(p, ' '))
        *p = '-';
    snprintf(summary, sizeof(summary), "%s", v->summary);
    summary[0] = (char)tolower((unsigned char)summary[0]);
    title(name, "1", summary, out);
    fprintf(out, ".SH SYNOPSIS\n.B crdeploy %s\n[\\fIoptions\\fR]", v->name);
    fputs(*v->args ? " " : "", out);
    text(v->args, out);
    fputs("\n.SH DESCRIPTION\n", out);
    text(v->summary, out);
    fputs(".\n", out);
    if (v->about) {
        fputs(".PP\n", out);
        paragraphs(v->about, out);
    }
    fputs(".SH OPTIONS\n", out);
    options(v->opts, out);
    options(opt_common, out);
    if (v->examples)
        fputs(".SH EXAMPLES\n.nf\n", out);
    for (const char *const *e = v->examples; e && *e; e++) {
        text(*e, out);
        fputc('\n', out);
    }
    if (v->examples)
        fputs(".fi\n", out);
    exit_statuses(out);
    fputs(".SH SEE ALSO\n.BR crdeploy (1),\n.BR crdeploy.yaml (5),\n.BR crdeploy\\-local (8)\n", out);
}

static void environment(FILE *out)
{
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < CR_KEY_COUNT; i++) {
        if (!cr_keys[i].env)
            continue;
        fprintf(out, ".TP\n.B %s\n", cr_keys[i].env);
        text(cr_keys[i].help, out);
        fputs(".\n", out);
    }
    for (const struct cli_variable *v = cli_variables; v->name; v++) {
        fprintf(out, ".TP\n.B %s\n", v->name);
        text(v->help, out);
        fputs(".\n", out);
    }
}

void doc_man_overview(FILE *out)
{
    title("crdeploy", "1", "package a machine-learning model and deploy it to Google Cloud Run", out);
    fputs(".SH SYNOPSIS\n.B crdeploy\n.I verb\n[\\fIoptions\\fR] [\\fIarguments\\fR]\n.SH DESCRIPTION\n", out);
    paragraphs(
        "crdeploy takes a trained model to a running HTTPS endpoint: it reads a manifest, crdeploy.yaml, generates a "
        "Dockerfile, a bootstrap step and an inference server in C, packs them with the model, has the image built, "
        "deploys it, and asks it.\n\n"
        "The platform is Google Cloud Run, or this machine: with --platform local the same calls go to a local "
        "platform that builds real images and runs real containers under the real limits.\n\n"
        "Results go to standard output, everything else to standard error. With --json every verb prints exactly "
        "one JSON document, errors too.",
        out);
    fputs(".SH VERBS\n", out);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(out, ".TP\n.B crdeploy %s\n", (*v)->name);
        text((*v)->summary, out);
        fputs(".\n", out);
    }
    fputs(".SH OPTIONS\nEvery verb takes these.\n", out);
    options(opt_common, out);
    fputs(".SH PRECEDENCE\n", out);
    text(
        "An option is stronger than its CRDEPLOY_ variable, that than the manifest, that than crdeploy's configuration "
        "file, that than gcloud's environment and active configuration, and those than the default. "
        "'crdeploy check --explain' shows where each value came from.\n",
        out);
    fputs(".SH CREDENTIALS\n", out);
    text(
        "The first of these that is there is used: --access-token-file, --key-file and --account; an access token in "
        "the "
        "environment, then a file of one; CRDEPLOY_KEY_FILE and gcloud's auth/credential_file_override; "
        "GOOGLE_APPLICATION_CREDENTIALS; the account that 'crdeploy auth login' made active; gcloud's application "
        "default "
        "credentials; the login of gcloud's active account; the metadata server. What is named and is not there is an "
        "error: no other is taken in its place. --impersonate-service-account lies over whichever it is.\n\n"
        "A file may be a service account's key, a person's login, an external account's (a file, an address, a "
        "program, or "
        "AWS), or one that impersonates. Tokens are asked for at googleapis.com alone, unless --allow-custom-endpoints "
        "is "
        "given, and kept until shortly before they end in the cache directory, in a file that only its owner can read. "
        "'crdeploy auth list' shows what is there, 'crdeploy doctor' what is wrong with it.\n",
        out);
    environment(out);
    fputs(".SH FILES\n.TP\n.I crdeploy.yaml\nThe manifest, see\n.BR crdeploy.yaml (5).\n"
          ".TP\n.I $XDG_CONFIG_HOME/crdeploy/config\nWhat 'crdeploy config set' wrote.\n"
          ".TP\n.I $XDG_CONFIG_HOME/crdeploy/credentials\nAccounts that are logged in; secret.\n"
          ".TP\n.I $XDG_CACHE_HOME/crdeploy/tokens.json\nAccess tokens that have not ended; secret.\n"
          ".TP\n.I $XDG_STATE_HOME/crdeploy\nDigests of the last builds, and the local platform's state.\n",
          out);
    exit_statuses(out);
    fputs(".SH SEE ALSO\n.BR crdeploy.yaml (5),\n.BR crdeploy\\-local (8)\n", out);
}

static const char *type_name(enum cr_type type)
{
    static const char *const names[] = {
        [CR_T_TEXT] = "text",
        [CR_T_INT] = "whole number",
        [CR_T_NUMBER] = "number",
        [CR_T_BOOL] = "true or false",
        [CR_T_CPU] = "CPUs: 2, 0.5, 500m",
        [CR_T_BYTES] = "size: 512Mi, 3G",
        [CR_T_DURATION] = "duration: 300, 300s, 5m",
        [CR_T_CHOICE] = "a word",
        [CR_T_PATH] = "path, from the manifest's directory",
        [CR_T_MAP] = "mapping of text to text",
        [CR_T_SAMPLES] = "sequence of samples",
    };

    return names[type];
}

void doc_man_manifest(FILE *out)
{
    title("crdeploy.yaml", "5", "manifest of a model that crdeploy deploys", out);
    fputs(".SH DESCRIPTION\n", out);
    paragraphs("YAML 1.1, read strictly: an unknown or repeated key, a wrong type or an alias that loops is an error "
               "that names its "
               "file, line and column. Scalars are read as their row says, never by YAML's own types.",
               out);
    fputs(".SH KEYS\n", out);
    for (size_t i = 0; i < CR_KEY_COUNT; i++) {
        const struct cr_key_row *k = &cr_keys[i];

        fputs(".TP\n.B ", out);
        text(k->path, out);
        fputc('\n', out);
        text(k->help, out);
        fputs(". (", out);
        text(type_name(k->type), out);
        for (size_t c = 0; k->choices && k->choices[c]; c++) {
            fputs(c ? ", " : ": ", out);
            text(k->choices[c], out);
        }
        if (k->fallback) {
            fputs("; default ", out);
            text(k->fallback, out);
        }
        fputs(")\n", out);
    }
    fputs(".SH SAMPLES\n", out);
    text("Each entry has request, response and, for numbers inside the response, tolerance. They are asked while the "
         "image "
         "is built, through the code that the server runs; an answer that differs fails the build.\n",
         out);
    fputs(".SH SEE ALSO\n.BR crdeploy (1)\n", out);
}

static void local_security(FILE *out)
{
    fputs(".SH SECURITY\n", out);
    paragraphs(
        "Both ports listen on 127.0.0.1 alone. The APIs accept a request only when it names a host that is theirs: "
        "127.0.0.1, localhost, [::1], metadata.google.internal, 169.254.169.254, accounts.google.com or a name below "
        "googleapis.com; anything else is 421. A request that a web page sent (Origin, or Sec-Fetch-Site other than "
        "none) is 403, except for opening the page of a login in a browser.\n\n"
        "The ingress serves the hosts of its services alone, with their tags; any other host is 421. It does not look "
        "at Origin: services have web pages of their own as clients, and decide themselves which ones they accept."
        "\n\n"
        "Other users of the machine may connect to both ports, since anybody may connect to 127.0.0.1; what they reach "
        "is what their tokens, and services that are open to everybody, allow. They cannot shut the owner out: of the "
        "256 connections of the APIs all but 64, and of the 4096 of the ingress (fewer where the limit of open files "
        "is low) one half, are kept for the user who runs the platform; whoever is over the limit is turned away at "
        "once. The ingress waits 60 seconds for a request and 15 seconds for its head; the APIs 30 seconds.",
        out);
}

/* What keeps programs of others, in builds and containers, from this machine. */
static void local_isolation(FILE *out)
{
    fputs(".SH ISOLATION\n", out);
    paragraphs(
        "The steps of a Dockerfile and the containers of a service are programs of others. How they are kept from this "
        "machine is tried out once, and kept in runtime.json; what does not work here is a warning of 'crdeploy local "
        "status'. CRDEPLOY_BUILD_ISOLATION, in the environment of the daemon, takes one isolation of builds alone:\n\n"
        "oci: an OCI runtime gives a step processes, mounts and a network of its own, and root's capabilities without "
        "those for devices, mounts, tracing and raw packets. The step reaches the outside, and what other programs "
        "offer on this machine's other addresses, but not 127.0.0.1. This is the default.\n\n"
        "oci-host: the same with this machine's network, where no other works, where a network of its own leads to "
        "127.0.0.1 all the same (rootless buildah's slirp4netns), or where apt or a proxy is set up to use 127.0.0.1. "
        "A "
        "step reaches what any program offers on 127.0.0.1; the platform's API finds out the process at the other end "
        "of a connection, and refuses a step's with 403.\n\n"
        "chroot: where no OCI runtime works. A step has another root directory, processes, devices and shared memory "
        "of "
        "its own build, and neither CAP_SYS_CHROOT, CAP_KILL, CAP_SETPCAP nor CAP_NET_BIND_SERVICE; it has this "
        "machine's network, as above, and its abstract sockets. Of the three this is the weakest: what a program of "
        "the "
        "machine offers to any user there, a step may use. docker isolates steps as docker does.\n\n"
        "A container has no_new_privs and of the capabilities CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, "
        "NET_BIND_SERVICE, SETGID and SETUID alone, for an image that starts as root. Where /etc/subuid and "
        "/etc/subgid "
        "have ids of 'containers' or 'root', root's podman uses a storage of overlay, and the kernel maps ids (5.19 "
        "and "
        "later), it has a user namespace; otherwise root in a container of root's podman is root. A user's own podman "
        "always has one. The file system of a container is writable, as Cloud Run's is.\n\n"
        "No port of a container is published: its network (slirp4netns or pasta) is one to which this machine has no "
        "route, and the ingress and the probes connect inside its namespace. So a private service answers nobody but "
        "through the ingress. Where neither works, and with docker, the port is published on 127.0.0.1, and every user "
        "of this machine reaches the service there without a token.\n\n"
        "The daemon, the programs that it runs, builds and containers get none of the caller's environment but PATH, "
        "HOME, the locale, the XDG directories, the proxies, and the settings of the container tools: access tokens "
        "and API keys of the shell that started the daemon are not there. A build argument without a value "
        "(--build-arg NAME) has the value of the step's own 'env', and is not set where that has none.\n\n"
        "Podman's run directory is /run/crdeploy-ID for root, /run/user/UID/crdeploy-ID, or /tmp/crdeploy-UID-ID. It "
        "must be a directory of the daemon's own user with mode 0700, and is removed when the daemon ends.",
        out);
}

void doc_man_local(FILE *out)
{
    title("crdeploy-local", "8", "Cloud Run and its companions on this machine", out);
    fputs(".SH SYNOPSIS\n.B crdeploy\\-local\n[\\fB\\-\\-port\\fR \\fIN\\fR] [\\fB\\-\\-ingress\\-port\\fR \\fIN\\fR] "
          "[\\fB\\-\\-state\\fR \\fIDIR\\fR] [\\fB\\-\\-runtime\\fR \\fIauto|podman|docker|none\\fR] "
          "[\\fB\\-\\-server\\fR \\fIPROGRAM\\fR] [\\fB\\-\\-cleanup\\fR]\n.SH DESCRIPTION\n",
          out);
    paragraphs(
        "The local platform: a daemon on 127.0.0.1 that answers the calls of Cloud Storage, Cloud Build, Artifact "
        "Registry, Cloud "
        "Run and Cloud Logging which crdeploy makes, under their real paths, builds images with this machine's "
        "buildah, and "
        "runs containers with podman under a service's real CPU and memory limits. crdeploy starts it when it is "
        "needed; "
        "'crdeploy local up' and 'crdeploy local down' do so by hand.\n\n"
        "Requests must carry the daemon's own token, kept in daemon.json, or one that the platform issued to a "
        "principal that its owner registered. Unknown fields and illegal values are refused as Google refuses them.\n\n"
        "Services answer at http://SERVICE.localhost:PORT, PORT being the ingress's. A service without instances is "
        "started "
        "by its first request.\n\n"
        "The base image debian:trixie-slim is pulled or, where no registry answers, made from Debian's packages with "
        "mmdebstrap, once. When it is named by a digest and no registry answers, the image made here takes its place: "
        "the "
        "build's log says so, and crdeploy.lock stays as it is. A registry that answers and does not have that digest "
        "ends the build. build.snapshot wins over this machine's own mirror: packages then come from "
        "snapshot.debian.org, through apt's proxy where one is set.",
        out);
    fputs(".SH OPTIONS\n"
          ".TP\n\\fB\\-\\-port\\fR=\\fIN\\fR\nPort of the APIs; 0 takes any free one.\n"
          ".TP\n\\fB\\-\\-ingress\\-port\\fR=\\fIN\\fR\nPort at which services answer; 0 takes any free one.\n"
          ".TP\n\\fB\\-\\-state\\fR=\\fIDIR\\fR\nWhere everything is kept.\n"
          ".TP\n\\fB\\-\\-runtime\\fR=\\fIauto|podman|docker|none\\fR\nWhat builds and runs; none runs processes in "
          "place of "
          "containers, for tests.\n"
          ".TP\n\\fB\\-\\-server\\fR=\\fIPROGRAM\\fR\nWhat the runtime none runs.\n"
          ".TP\n\\fB\\-\\-cleanup\\fR\nEnd the containers and builds that a killed daemon left, unmount and "
          "remove its run directory, and exit; 'crdeploy local down' does so when it finds that the daemon was "
          "killed.\n",
          out);
    local_isolation(out);
    fputs(".SH TESTS OF CLIENTS\n", out);
    paragraphs(
        "With the daemon's own token, POST /local/auth registers service accounts (email, publicKeyPem), OAuth "
        "clients, "
        "refresh tokens, issuers and pools of federated identities, AWS keys, who may act as whom, and how long tokens "
        "live. /token, /v1/token, /o/oauth2/v2/auth and the credentials API then verify signatures, PKCE, subject "
        "tokens and chains of delegates, and refuse everybody else. DELETE /local/auth forgets them.\n\n"
        "POST /local/faults makes requests fail: {\"match\": \"PUT /upload/*\", \"action\": \"reset\", "
        "\"after_bytes\": 1000, \"times\": 1, \"skip\": 2}. The actions are status, delay, cut, reset, lost, "
        "truncate, expire-token, persist, bad-json and fail-operation. DELETE /local/faults ends them.",
        out);
    local_security(out);
    fputs(".SH FILES\n.TP\n.I $XDG_STATE_HOME/crdeploy/local/daemon.json\nProcess, ports and token of the running "
          "daemon, mode "
          "0600.\n.TP\n.I $XDG_STATE_HOME/crdeploy/local\nServices, builds, objects, images and logs; survives a "
          "restart.\n"
          ".SH SEE ALSO\n.BR crdeploy (1),\n.BR crdeploy\\-local\\-up (1)\n",
          out);
}
