/*
 * platform.h - the platforms `deploy` knows, a row each, and the connection to the one that is asked for.
 *
 * This file, daemon.c and cmd_local*.c are the only ones outside src/local that know there is a local platform.
 *
 * Ownership: a connection owns its transport, token source and endpoints; CLI_AUTO_CONNECTION frees them.
 * Errors: CR_E_AUTH without a usable token, CR_E_NET or CR_E_IO when the local platform cannot be had.
 */
#ifndef CLI_PLATFORM_H
#define CLI_PLATFORM_H

#include "cli/credential.h"
#include "core/plan.h"
#include "gcp/gcp.h"
#include "ui/ui.h"

/* Variables of the environment that are no key of the manifest; listed in crdeploy(1). */
struct cli_variable {
    const char *name, *help;
};
extern const struct cli_variable cli_variables[]; /* ends with a NULL name */

struct cli_connection;

struct cli_platform {
    const char *name, *summary;
    const char *project, *region; /* defaults, or NULL */
    const char *console;          /* where people look at a service: this, "/REGION/NAME"; or NULL */
    bool is_public;               /* a new service is public unless said otherwise: nobody else can reach it there */
    int (*open)(struct cli_connection *c, struct ui *ui, struct cr_error *err);
    /* With what it builds and runs, where that is this machine's; *text is new, *whole says that nothing is missing.
     * Fails with what to install. NULL: it is somebody else's. */
    int (*tools)(char **text, bool *whole, struct cr_error *err);
};
extern const struct cli_platform cli_platforms[]; /* ends with a NULL name */

/* A door that says, when no answer comes, what has become of the local platform. */
struct cli_watch {
    struct gcp_http door;
    struct gcp_http *behind;
};

/* Stays where it is once opened: what is in it points at it. */
struct cli_connection {
    const struct cli_platform *platform;
    const struct cli_credential_args *cred; /* what the options say, borrowed; or NULL */
    const char *project;                    /* of the plan, or NULL */
    bool bare;                              /* without any credential: see cli_connect_bare() */
    struct gcp_http *http;                  /* what requests go through */
    struct gcp_http *curl;                  /* owned; http itself, or behind the watch */
    struct cli_watch watch;
    struct gcp_auth_env env;       /* what the credential lives on */
    struct gcp_token_cache *cache; /* owned; NULL when there is no place for one */
    struct gcp_auth *auth;
    struct cli_credential_info info; /* which credential that is */
    struct gcp gcp;
};

#define CLI_AUTO_CONNECTION __attribute__((cleanup(cli_connection_clear)))
void cli_connection_clear(struct cli_connection *c);

/* A variable of the environment, in the form that gcp_endpoints_set() takes. */
const char *cli_getenv(void *ud, const char *name);

/* Where tokens are kept between runs, to be closed by the caller; NULL without a place for it, which costs one request
 * more and is no error. make: also when nothing was kept yet. */
struct gcp_token_cache *cli_token_cache(bool make);

/* A door of its own for another thread, which asks services at addresses that are known. Owned:
 * gcp_http_curl_free(). */
struct gcp_http *cli_door(void);

/* The row of that name, or NULL. */
const struct cli_platform *cli_platform_find(const char *name);

/* Opens the plan's platform and makes sure that there is a token. cred may be NULL. */
int cli_connect(const struct cr_plan *plan, const struct cli_credential_args *cred, struct ui *ui,
                struct cli_connection *c, struct cr_error *err) CR_CHECKED;
/* The same for a service whose address is known: no API is asked, so no access token is needed. */
int cli_connect_url(const struct cr_plan *plan, const struct cli_credential_args *cred, struct ui *ui,
                    struct cli_connection *c, struct cr_error *err) CR_CHECKED;
/* The door and the addresses alone, no credential being looked for: for who is about to make one, or to end it. */
int cli_connect_bare(const struct cr_plan *plan, struct ui *ui, struct cli_connection *c,
                     struct cr_error *err) CR_CHECKED;

#endif
