/*
 * ask.h - one question to a deployed model.
 *
 * Ownership: the answer owns its texts; cli_answer_clear() frees them.
 * Errors: CR_E_NET when nothing answered, CR_E_ANSWER_4XX and CR_E_ANSWER_5XX with the model's own words.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/platform.h"

struct cli_question {
    const char *url;  /* of the service, without a path */
    const char *path; /* "/predict" */
    const char *body; /* JSON */
    size_t len;
    int64_t timeout_ms; /* 0: five minutes */
};

struct cli_answer {
    char *url; /* asked */
    int status;
    int64_t ms;
    char *body;
    size_t len;
    json_t *json; /* the body read; NULL when it is no JSON */
};

#define CLI_AUTO_ANSWER __attribute__((cleanup(cli_answer_clear)))
void cli_answer_clear(struct cli_answer *a);

/* Asks with the identity token where the platform has one. Fills *a whenever a status came back, also when it fails. */
int cli_ask(struct cli_connection *link, const struct cli_question *q, struct cli_answer *a,
            struct cr_error *err) CR_CHECKED;

/* "projects/P/locations/R/services/NAME" of the plan; new. */
char *cli_service_name(const struct cr_plan *plan);

#endif
