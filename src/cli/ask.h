/*
 * ask.h - a question to a deployed model.
 *
 * A service that starts, or is full, answers 503 or 429: the question is asked again until `wait_ms` is over, with
 * growing pauses, or those that the answer's Retry-After names. An inference changes nothing, so it may be asked twice.
 *
 * Cold or warm is what the server says: crdeploy's own sends `X-Crdeploy-Cold: true` with the first answer of an
 * instance and `false` with all others, and `X-Crdeploy-Ms`, the time it took. Cloud Run says nothing of the kind.
 *
 * Units: milliseconds; timing as gcp/http.h. Ownership: the answer owns its texts; cli_answer_clear() frees them.
 * Errors: CR_E_NET when nothing answered, CR_E_ANSWER_4XX and CR_E_ANSWER_5XX with the model's own words.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/platform.h"

struct cli_question {
    const char *url;      /* of the service, without a path */
    const char *audience; /* for whom the identity token is; NULL: url. A tag's address wants the service's own */
    const char *path;     /* "/predict" */
    const char *body;     /* JSON */
    size_t len;
    int64_t timeout_ms; /* of one try; 0: five minutes */
    int64_t wait_ms;    /* for a service that starts; 0: its first answer counts */
    /* Called before each pause with what was answered and how much of wait_ms is left; may be NULL. */
    void (*waiting)(void *ud, int status, int64_t left_ms);
    void *ud;
};

enum cli_start { CLI_START_UNKNOWN, CLI_START_WARM, CLI_START_COLD };

struct cli_answer {
    char *url; /* asked */
    int status;
    int64_t ms; /* of the last try */
    struct gcp_timing timing;
    enum cli_start start;
    int64_t server_ms; /* inside the server; -1: not said */
    int tries;
    char *body;
    size_t len;
    json_t *json; /* the body read; NULL when it is no JSON */
};

#define CLI_AUTO_ANSWER __attribute__((cleanup(cli_answer_clear)))
void cli_answer_clear(struct cli_answer *a);

/* Asks with the identity token where the platform has one. Fills *a whenever a status came back, also when it fails. */
int cli_ask(struct cli_connection *link, const struct cli_question *q, struct cli_answer *a,
            struct cr_error *err) CR_CHECKED;
/* The same through a door of the caller's own, with a token that it has; NULL: none. */
int cli_ask_through(struct gcp_http *http, const char *token, const struct cli_question *q, struct cli_answer *a,
                    struct cr_error *err) CR_CHECKED;
/* A copy of the identity token for the question, to be wiped and freed with gcp_secret_wipe(); NULL where there is
 * none: a public service needs none, and a private one says so. */
char *cli_ask_token(struct cli_connection *link, const struct cli_question *q);

/* "projects/P/locations/R/services/NAME" of the plan; new. */
char *cli_service_name(const struct cr_plan *plan);

#endif
