/*
 * gradual_parts.h - the inside of a gradual deploy. Only gradual*.c include it.
 *
 * Ownership: the run owns all but `g` and `plan`; gradual_clear() in gradual.c frees it.
 * Findings: what the revision does worse is written to `why`, which stays empty while nothing is found; -1 is only for
 *   what keeps us from finding out.
 */
#ifndef CLI_GRADUAL_PARTS_H
#define CLI_GRADUAL_PARTS_H

#include "cli/gradual.h"
#include "core/canary.h"

#define GRADUAL_WHY 400

struct gradual {
    const struct cli_gradual *g;
    const struct cli_gradual_plan *plan;
    json_t *service;        /* as it was last read or written */
    json_t *start;          /* its traffic before the first step, with the tag */
    json_t *back;           /* the same without a tag of our own: what is put back */
    json_t *ours;           /* traffic lists that this run wrote or tried to, as texts */
    bool follows;           /* the newest revision had a share before */
    int percent;            /* that the revision has now, for all we know */
    char *tag_url, *url;    /* of the revision; of the service */
    char *token;            /* of identity for both, or NULL */
    struct cr_sample given; /* of --gradual-sample; its request is the plan's */
    const struct cr_sample *sample;
    size_t samples;
    const char *path;
    int at_once;                       /* requests of own load */
    struct cr_canary_side asked, seen; /* the others, by own requests and by the log */
    bool blind;                        /* the log may not be read */
    json_t *steps;
};

/* gradual_ask.c */
/* Takes a token of identity where there is one. Again before requests of a later step: it ends after an hour, and a
 * step may be watched for days. One is for both addresses: Cloud Run wants the service's own as its audience, for tags
 * too. */
void gradual_identify(struct gradual *r);
int gradual_ask_samples(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err) CR_CHECKED;
/* Latencies side by side, from the revision and from the service; few, since the service's are of real instances. */
int gradual_compare(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err) CR_CHECKED;
/* Requests one after the other at the tag's address, `count` of them, or as many as a minute allows. */
int gradual_probe(struct gradual *r, int count, struct cr_canary_side *side, struct cr_error *err) CR_CHECKED;
/* One: a sample by its number, at an address, through a door. said: what was wrong with the answer, or "". */
int gradual_ask(const struct gradual *r, struct gcp_http *http, const char *url, size_t number,
                struct cr_canary_side *side, char said[GRADUAL_WHY], struct cr_error *err) CR_CHECKED;

/* gradual_load.c */
int gradual_load(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err) CR_CHECKED;

/* gradual_watch.c: one step, from when its traffic was set until the verdict. *row is its line of the report, new. */
int gradual_watch(struct gradual *r, char why[GRADUAL_WHY], json_t **row, struct cr_error *err) CR_CHECKED;

/* gradual_traffic.c */
/* *fresh: there is a new revision, without traffic. */
int gradual_start(struct gradual *r, bool *fresh, struct cr_error *err) CR_CHECKED;
/* Without one: the traffic as it was before the deploy, and the tag where it was asked for. */
int gradual_undo(struct gradual *r, struct cr_error *err) CR_CHECKED;
int gradual_move(struct gradual *r, int percent, struct cr_error *err) CR_CHECKED;
int gradual_finish(struct gradual *r, struct cr_error *err) CR_CHECKED;
/* After a deploy that failed. False: nothing had been changed. where: what became of the traffic. */
bool gradual_withdraw(struct gradual *r, char where[GRADUAL_WHY]);
/* where: "traffic is back on ...", or what else has become of it. -1, with where, when it is not back. */
int gradual_back(struct gradual *r, char where[GRADUAL_WHY]);

#endif
