/*
 * deploy.h - from edits to a service that runs: the flow that deploy, services update and diff share.
 *
 * For each region: read what is live, edit a copy of it, and look at the limits. Nothing is sent before all regions
 * are found sound; then all are sent, waited for side by side, and made public or private. One region's failure does
 * not stop the others.
 *
 * Ownership: a struct cli_deploy borrows what its opener gives it (connection, plan, edits, image); cli_deploy_clear()
 * frees its targets. Errors: those of core/edit, core/rollout and gcp/run; limits are CR_E_LIMIT, all shown at once.
 */
#ifndef CLI_DEPLOY_H
#define CLI_DEPLOY_H

#include "cli/cmd.h"
#include "cli/edit_opts.h"
#include "cli/limits_opts.h"
#include "cli/platform.h"
#include "core/edit.h"
#include "gcp/rehearse.h"

struct cli_deploy_args {
    struct cr_layer plan; /* --name, --project, --platform and what a build takes */
    struct cli_credential_args cred;
    struct cr_edits edits; /* every flag of core/flag.h, in the order given */
    const char *regions;   /* --region: one, or a list; the last one given counts. NULL or empty: the setting */
    struct cli_limits_args limits;
    bool async, dry_run, validate_only;
};

/* The options of the struct's field, for every verb of this kind. */
/* clang-format off */
#define CLI_DEPLOY_OPTIONS(S, on)                                                                                   \
    CLI_EDIT_OPTIONS(S, on.edits),                                                                                  \
    {0, "region", OPT_STR(S, on.regions), .arg = "REGION,...",                                                      \
     .help = "Region of the service, in place of CRDEPLOY_REGION; several are deployed side by side"},                \
    OPT_PLAN(S, on.plan, CR_KEY_PROJECT, "project"),                                                                \
    OPT_PLAN(S, on.plan, CR_KEY_PLATFORM, "platform"),                                                              \
    CLI_LIMITS_OPTIONS(S, on.limits),                                                                               \
    CLI_CREDENTIAL_OPTIONS(S, on.cred)

/* And for those that send. */
#define CLI_SEND_OPTIONS(S, on)                                                                                     \
    {0, "async", OPT_FLAG(S, on.async), .help = "Do not wait until the new revision is ready"},                     \
    {0, "dry-run", OPT_FLAG(S, on.dry_run), .help = "Read what is live, show the requests that would change it, "   \
     "and send none of them"},                                                                                      \
    {0, "validate-only", OPT_FLAG(S, on.validate_only), .help = "Ask the platform whether it would take the "       \
     "service, and change nothing"}
/* clang-format on */

/* The service in one region. */
struct cli_target {
    char *region, *parent, *name; /* "projects/P/locations/L", "…/services/S" */
    json_t *live;                 /* as it was read; NULL: there is none yet */
    json_t *service;              /* as it is to be; once deployed, as it is */
    json_t *operation;            /* under way; NULL where nothing was sent */
    char *mask;                   /* the fields that change, "labels,template"; "" for none */
    bool is_public;
    bool ready;          /* once deployed: so is its newest revision */
    struct cr_error err; /* why this region failed; CR_OK otherwise */
    json_t *known;       /* what more is known of that, of several regions: members for --json; or NULL */
};

struct cli_deploy {
    struct cmd *c;
    const struct cli_deploy_args *args;
    struct cli_connection *link;
    const char *id, *project;   /* the service's short name */
    const struct cr_plan *plan; /* of the manifest; NULL: only what the flags say changes */
    const char *image;          /* with a plan: what runs, by digest */
    bool built;                 /* by crdeploy, with its server in it */
    bool model, model_known;    /* the image has crdeploy's server in it; whether that was found out yet */
    bool update;                /* the service must be there */
    struct cr_edits flags;      /* args->edits, and what else is asked for by the command line */
    struct cli_target *target;
    size_t len;
    struct gcp_rehearsal rehearsal; /* of --dry-run */
};

/* Three letters that can be said, for names nobody else has: "kob". */
void cli_deploy_word(char word[4]);

#define CLI_AUTO_DEPLOY __attribute__((cleanup(cli_deploy_clear)))
void cli_deploy_clear(struct cli_deploy *d);

/* What can be said of the options alone: before files are read and anything is asked. */
int cli_deploy_check(const struct cli_deploy_args *args, struct cr_error *err) CR_CHECKED;

/* The options as settings of a plan: the first region, copied to `region`; with `keys`, every flag that a key of the
 * manifest says as well, for checks and the build. Texts are borrowed. */
enum { CLI_REGION_MAX = 64 };
void cli_deploy_layer(const struct cli_deploy_args *args, bool keys, struct cr_layer *layer,
                      char region[CLI_REGION_MAX]);

/* Fills the targets: those of --region, or else the list `regions`. With --dry-run, changes no longer go through the
 * connection. */
int cli_deploy_open(struct cli_deploy *d, const char *regions, struct cr_error *err) CR_CHECKED;

/* Looks at the limits of what a manifest asks for beside what is live, before its image is built. Nothing is kept. */
int cli_deploy_judge(struct cli_deploy *d, struct cr_error *err) CR_CHECKED;
/* Reads what is live. */
int cli_deploy_read(struct cli_deploy *d, struct cr_error *err) CR_CHECKED;
/* Edits copies of it, and looks at the limits unless that is not wanted. */
int cli_deploy_prepare(struct cli_deploy *d, struct cr_error *err) CR_CHECKED;
/* Both for one, again: it changed meanwhile. */
int cli_deploy_again(struct cli_deploy *d, struct cli_target *t, struct cr_error *err) CR_CHECKED;

/* Sends what was prepared, waits, sets who may call, and remembers it. With one region its failure is the call's; with
 * several it is kept in the target, and the call fails with their number. With --validate-only the platform is only
 * asked; with --dry-run nothing is awaited. */
int cli_deploy_send(struct cli_deploy *d, struct cr_error *err) CR_CHECKED;

#endif
