/*
 * service.h - a service that is named: for the verbs that look at or change one without a model at hand.
 *
 * The name is the argument, else the manifest's of the working directory; project, region and platform are found as
 * for deploy. Ownership: CLI_AUTO_SERVICE frees; what is in it points into it, so it stays where it was opened.
 */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include "cli/cmd.h"
#include "cli/platform.h"
#include "core/manifest.h"

struct cli_service_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
};

/* The options of the struct's field, for every verb of this kind. */
/* clang-format off */
#define CLI_TARGET_OPTIONS(S, on)                            \
    OPT_PLAN(S, on.plan, CR_KEY_PROJECT, "project"),          \
    OPT_PLAN(S, on.plan, CR_KEY_REGION, "region"),            \
    OPT_PLAN(S, on.plan, CR_KEY_PLATFORM, "platform"),        \
    CLI_CREDENTIAL_OPTIONS(S, on.cred)
/* clang-format on */

struct cli_service {
    struct cr_manifest manifest;
    struct cr_plan plan;
    struct cli_connection link;
    char *parent; /* "projects/P/locations/L" */
    char *name;   /* "projects/P/locations/L/services/S"; NULL where none was wanted */
};

#define CLI_AUTO_SERVICE __attribute__((cleanup(cli_service_clear)))
void cli_service_clear(struct cli_service *s);

/* Connects. name: the argument, or NULL; named: there must be a name in the end. */
int cli_service_open(struct cmd *c, const char *name, bool named, const struct cli_service_args *args,
                     struct cli_service *s, struct cr_error *err) CR_CHECKED;

/* The service itself; one that is missing is CR_E_API with a hint. */
int cli_service_get(struct cli_service *s, json_t **service, struct cr_error *err) CR_CHECKED;

/* "scorer-00001-kob" of a full name; borrowed. "" for NULL. */
const char *cli_short_name(const char *name);
/* The address of the revision with that tag, as the service tells it; borrowed. "" when nothing has it. */
const char *cli_tag_uri(const json_t *service, const char *tag);
/* Whether the resource's Ready condition, or its terminal one, says that it is. */
bool cli_is_ready(const json_t *resource);
/* The message of that condition; borrowed. "" for none. */
const char *cli_ready_message(const json_t *resource);

/* Follows an operation with a moving line that says `doing`; *service is what it ended with. Where it fails because a
 * revision did not start, the error is the cause of that (verdict_show.h). */
int cli_run_wait(struct ui *ui, struct gcp *g, const json_t *operation, const char *doing, const char *what,
                 json_t **service, struct cr_error *err) CR_CHECKED;
/* Writes a traffic list under the etag of what was read: whoever changed the service meanwhile is not overruled. name:
 * the full one; *service is what came of it, and service NULL does not wait. */
int cli_traffic_write(struct ui *ui, struct gcp *g, const char *name, const json_t *live, json_t *traffic,
                      json_t **service, struct cr_error *err) CR_CHECKED;

/* Asks on a terminal before something is lost. Without a terminal and without `yes` it is refused: CR_E_USAGE. */
int cli_confirm(bool yes, const char *question, struct cr_error *err) CR_CHECKED;

#endif
