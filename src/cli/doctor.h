/*
 * doctor.h - what must be so before build, deploy and predict can work, looked at one by one.
 *
 * A check looks, and says how it found things; it never fails the whole. What depends on a check that failed is
 * skipped and says because of which. `--fix` mends what costs nothing and takes nothing away: it enables APIs and makes
 * the bucket and the repository. Roles and billing are somebody's decision: for those the command is printed, and the
 * call.
 *
 * Ownership: texts of a result are its own. Errors: only Ctrl-C ends the run; see doctor_run().
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cmd.h"
#include "cli/platform.h"
#include "core/manifest.h"
#include "gcp/project.h"
#include "gcp/registry.h"

enum doctor_status { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILED, DOCTOR_SKIPPED };

/* In this order they are looked at and shown. */
enum doctor_id {
    DOCTOR_MANIFEST,
    DOCTOR_PLATFORM,
    DOCTOR_TOOLS,
    DOCTOR_NETWORK,
    DOCTOR_ENDPOINTS,
    DOCTOR_CLOCK,
    DOCTOR_CREDENTIAL,
    DOCTOR_PROJECT,
    DOCTOR_BILLING,
    DOCTOR_APIS,
    DOCTOR_PERMISSIONS,
    DOCTOR_REGION,
    DOCTOR_BUCKET,
    DOCTOR_REPOSITORY,
    DOCTOR_BUILD_ACCOUNT,
    DOCTOR_RUNTIME_ACCOUNT,
    DOCTOR_COUNT
};

struct doctor_result {
    enum doctor_status status;
    enum cr_code code; /* of one that failed: what the exit status says */
    char *message;     /* how it is */
    char *hint;        /* what to do: commands, a line each; NULL: nothing */
    char *call;        /* the same as calls of the API, a line each; or NULL */
    bool fixable;      /* --fix does it */
    bool fixed;        /* and has */
    bool late;         /* an API was refused as disabled, which it may be for a while after it was enabled */
};

/* A door that remembers by how much the service's clock differs from ours. */
struct doctor_door {
    struct gcp_http door;
    struct gcp_http *behind;
    bool seen;
    int64_t skew_ms; /* theirs minus ours */
};

enum { DOCTOR_APIS_MAX = 8 };

struct doctor {
    struct cmd *c;
    const struct cli_credential_args *cred;
    bool fix, yes;
    struct cr_manifest manifest;
    struct cr_plan plan;
    struct cr_problems problems;
    struct cli_connection link;
    struct doctor_door door;
    struct cr_error refused;    /* why there is no credential to ask with */
    struct gcp_project project; /* what is known of it; fields may be NULL */
    const char *api[DOCTOR_APIS_MAX];
    bool enabled[DOCTOR_APIS_MAX];
    size_t apis;
    bool waiting; /* an API was enabled just now */
    char *bucket;
    char *build_region;     /* where builds run: "global" */
    struct gcp_image image; /* of the plan; its fields are NULL when it is nowhere we know */
    struct doctor_result result[DOCTOR_COUNT];
};

struct doctor_check {
    const char *id;                          /* "billing" */
    unsigned needs;                          /* bits of checks that must not have failed */
    const char *api;                         /* and the API it asks, or NULL */
    bool (*applies)(const struct doctor *d); /* NULL: always */
    void (*look)(struct doctor *d, struct doctor_result *r);
    char *(*offer)(const struct doctor *d); /* what --fix would do, as a question without its mark; new */
    int (*mend)(struct doctor *d, struct cr_error *err);
};
extern const struct doctor_check doctor_checks[DOCTOR_COUNT];

void doctor_clear(struct doctor *d);
/* Goes through all checks. shown is called after each that applies. -1 only for Ctrl-C. */
int doctor_run(struct doctor *d, void (*shown)(struct doctor *d, enum doctor_id id), struct cr_error *err) CR_CHECKED;
size_t doctor_failed(const struct doctor *d, enum doctor_id *first); /* how many; *first is set when there is one */

/* For checks: how it was found. Hints and calls are added to, a line each. */
void doctor_say(struct doctor_result *r, enum doctor_status status, enum cr_code code, const char *fmt, ...)
    CR_PRINTF(4, 5);
void doctor_hint(struct doctor_result *r, const char *fmt, ...) CR_PRINTF(2, 3);
void doctor_call(struct doctor_result *r, const char *fmt, ...) CR_PRINTF(2, 3);
/* What an error says. */
void doctor_error(struct doctor_result *r, enum doctor_status status, const struct cr_error *err);

const char *doctor_project(const struct doctor *d);
/* Who would be given a role: "user:a@b", or a command in its place that says it. New. */
char *doctor_member(const struct doctor *d);

/* doctor_access.c */
void doctor_look_manifest(struct doctor *d, struct doctor_result *r);
void doctor_look_platform(struct doctor *d, struct doctor_result *r);
void doctor_look_tools(struct doctor *d, struct doctor_result *r);
void doctor_look_network(struct doctor *d, struct doctor_result *r);
void doctor_look_endpoints(struct doctor *d, struct doctor_result *r);
void doctor_look_clock(struct doctor *d, struct doctor_result *r);
void doctor_look_credential(struct doctor *d, struct doctor_result *r);
bool doctor_has_tools(const struct doctor *d);

/* doctor_project.c */
void doctor_look_project(struct doctor *d, struct doctor_result *r);
void doctor_look_billing(struct doctor *d, struct doctor_result *r);
void doctor_look_apis(struct doctor *d, struct doctor_result *r);
void doctor_look_permissions(struct doctor *d, struct doctor_result *r);
void doctor_look_region(struct doctor *d, struct doctor_result *r);
char *doctor_offer_apis(const struct doctor *d);
int doctor_mend_apis(struct doctor *d, struct cr_error *err);

/* doctor_place.c */
void doctor_look_bucket(struct doctor *d, struct doctor_result *r);
void doctor_look_repository(struct doctor *d, struct doctor_result *r);
void doctor_look_build_account(struct doctor *d, struct doctor_result *r);
void doctor_look_runtime_account(struct doctor *d, struct doctor_result *r);
char *doctor_offer_bucket(const struct doctor *d);
char *doctor_offer_repository(const struct doctor *d);
int doctor_mend_bucket(struct doctor *d, struct cr_error *err);
int doctor_mend_repository(struct doctor *d, struct cr_error *err);

#endif
