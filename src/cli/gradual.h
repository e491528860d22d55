/*
 * gradual.h - `deploy --gradual 10,50,100`: a new revision is proved before it is given traffic, is given it step by
 * step, and loses it again by itself when it does worse than the one before.
 *
 * What happens, in order:
 *   1. The new revision is deployed without traffic, behind a tag (cli_gradual_tag()). That is the caller's part.
 *   2. The samples of the manifest are asked at the tag's address; without a manifest --gradual-sample FILE is posted,
 *      and without that GET / must answer with a status below 500. Which of these it is, is said.
 *   3. Own load, --gradual-load requests, as many at once as the revision takes on an instance, goes to the tag's
 *      address, so that what fails only under load fails before anybody is served by it. A few requests are then asked
 *      in turns of the new revision and of the service as it is, to compare their times.
 *   4. Step by step the revision gets its share. After each step the service's request log (Cloud Logging,
 *      run.googleapis.com/requests) is watched for --gradual-wait: failures and latency of the new revision beside
 *      those of the others in the same window. Where too few requests came, or the log may not be read, our own to the
 *      tag's address stand in for them, and that is said.
 *   5. In the end, where the service followed its newest revision before, LATEST has everything; where traffic was
 *      pinned, the revision has its share by name. A tag that the user did not ask for is taken off again.
 *
 * Whenever one of 2-4 goes wrong, or Ctrl-C is pressed, traffic is put back: the shares and tags that were there
 * before, where the revision that was the newest is then named, since LATEST would be the new one. It is not put back
 * when somebody else changed the service meanwhile: that is said, and theirs stays.
 *
 * What cannot be promised: that no client is served by a revision that passes its samples and its own load and then
 * fails for what clients really send; that costs at most the first step's share until the log shows it, which with
 * Cloud Logging takes some seconds. And when this process is killed, or the network stays away, traffic stays as it is.
 *
 * A deploy that changed nothing made no revision: the service gets the traffic back that it had before, and that is
 * all.
 *
 * Units: percents; milliseconds. Ownership: everything in the struct is borrowed; the report is new.
 * Errors: CR_E_USAGE for the options; CR_E_BUILD when the revision was found worse, with the figures, traffic being
 *   back; CR_E_INTERRUPT after Ctrl-C; CR_E_API, CR_E_NET when the platform failed. The message says where traffic is.
 */
#ifndef CLI_GRADUAL_H
#define CLI_GRADUAL_H

#include "cli/opt.h"
#include "cli/platform.h"
#include "core/manifest.h"

struct cli_gradual_args {
    const char *steps; /* "10,50,100"; NULL: not asked for. All are texts as typed. */
    const char *wait, *errors, *latency, *load, *sample;
};

/* clang-format off */
#define CLI_GRADUAL_OPTIONS(S, at)                                                                                \
    {0, "gradual", OPT_STR(S, at.steps), .arg = "PERCENT,...",                                                    \
     .help = "Prove the new revision first, then give it traffic in these steps, and take it back when it does "  \
             "worse than the others"},                                                                            \
    {0, "gradual-wait", OPT_STR(S, at.wait), .arg = "TIME",                                                       \
     .help = "How long each step is watched; default 1m"},                                                        \
    {0, "gradual-errors", OPT_STR(S, at.errors), .arg = "PERCENT",                                                \
     .help = "Failed requests that the new revision may have more than the others; default 1"},                   \
    {0, "gradual-latency", OPT_STR(S, at.latency), .arg = "FACTOR",                                               \
     .help = "How many times as slow as the others it may be; default 2, 0 does not look"},                       \
    {0, "gradual-load", OPT_STR(S, at.load), .arg = "N",                                                          \
     .help = "Requests of our own before the first step; default 100, 0 for none"},                               \
    {0, "gradual-sample", OPT_STR(S, at.sample), .arg = "FILE", .complete = OPT_C_FILE,                           \
     .help = "JSON that is posted to prove the revision, in place of the manifest's samples"}
/* clang-format on */

/* What the words mean. */
#define CLI_GRADUAL_STEPS 20
struct cli_gradual_plan {
    int step[CLI_GRADUAL_STEPS]; /* rising, each 1 to 100 */
    size_t steps;
    int64_t wait_ms;
    double errors, latency; /* percent; factor, 0: not looked at */
    int64_t load;
    json_t *sample; /* of --gradual-sample, owned; or NULL */
};
/* Reads the options; without --gradual the others are refused. Before anything is sent. */
int cli_gradual_read(const struct cli_gradual_args *args, struct cli_gradual_plan *plan,
                     struct cr_error *err) CR_CHECKED;
void cli_gradual_clear(struct cli_gradual_plan *plan);
#define CLI_AUTO_GRADUAL __attribute__((cleanup(cli_gradual_clear)))

/* The tag for a deploy that names none; `random` is three letters. New: "gradual-kob". */
char *cli_gradual_tag(const char *random);

struct cli_gradual {
    struct ui *ui;
    struct cli_connection *link;
    const char *service;        /* "projects/P/locations/L/services/S" */
    const json_t *before;       /* the v2 Service as it was before the deploy: whether it followed its newest */
    const char *revision, *tag; /* of the new revision: its short name, and the tag it has now */
    bool keep_tag;              /* the user asked for it */
    const struct cr_sample *sample;
    size_t samples;   /* 0: none; see above */
    const char *path; /* where samples are posted; NULL: "/predict" */
};

/* Steps 2 to 5. *report is set in any case: {"outcome": "done"|"unchanged"|"rolled-back"|"stopped", "reason", "steps":
 * [{"percent", "judgedBy": "requests"|"probes", "requests", "failed", "latencyMs", "others": {…}}], "traffic"}. */
int cli_gradual_run(const struct cli_gradual *g, const struct cli_gradual_plan *plan, json_t **report,
                    struct cr_error *err) CR_CHECKED;

/* When the deploy itself failed with *err: where its revision did not start, the traffic is what it was before, the tag
 * gone. Where it may still start (Ctrl-C while it was awaited) the revision that serves stays named, or the new one
 * would get everything. What became of it is added to the message. Of g it needs service, before and tag. */
void cli_gradual_abandon(const struct cli_gradual *g, struct cr_error *err);

#endif
