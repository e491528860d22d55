/*
 * verdict.h - why a revision did not start, judged from what Cloud Run tells of it: the messages and reasons of its
 * conditions, its log, its settings. Nothing that only the machine which ran it could know.
 *
 * The judgement goes from what is certain to what is likely: refusals of the image or of a secret have conditions of
 * their own; a command that could not be executed, memory, an exit and a signal have lines of the platform in the
 * log; where a server listens is read from what it printed. What none of these tells is said to be unknown, with what
 * it may be.
 *
 * Ownership: evidence is borrowed, nothing is kept. Pure. Errors: none; texts are one line of UTF-8 without control
 * characters, whatever came in.
 * Source: Cloud Run Admin API v2 (Condition, Probe); https://cloud.google.com/run/docs/troubleshooting and
 * https://cloud.google.com/run/docs/container-contract; the texts of the platform's log as users' reports show them
 * (2024 to 2026).
 */
#ifndef CR_VERDICT_H
#define CR_VERDICT_H

#include <jansson.h>
#include <stdbool.h>

enum cr_cause {
    CR_CAUSE_UNKNOWN,
    CR_CAUSE_NOT_LISTENING, /* wrong port, loopback or too slow: the log does not say which */
    CR_CAUSE_WRONG_PORT,
    CR_CAUSE_LOOPBACK,
    CR_CAUSE_TOO_SLOW,
    CR_CAUSE_PROBE, /* it listens, and does not answer the probe as it should */
    CR_CAUSE_MEMORY,
    CR_CAUSE_CRASH,
    CR_CAUSE_ARCHITECTURE,
    CR_CAUSE_MISSING_FILE,
    CR_CAUSE_NOT_EXECUTABLE, /* the command could not be started, and the log does not say why */
    CR_CAUSE_IMAGE,
    CR_CAUSE_PERMISSION,
    CR_CAUSE_SECRET,
    CR_CAUSE_COUNT
};

/* "wrong-port", "loopback" …: stable words for --json. */
const char *cr_cause_name(enum cr_cause cause);

struct cr_evidence {
    const json_t *revision; /* v2 Revision: conditions, containers, scaling …; NULL when it could not be read */
    const char *message;    /* of the operation or of the service's condition; NULL: none */
    const json_t *entries;  /* Cloud Logging's LogEntry, oldest first; NULL: none */
};

struct cr_verdict {
    enum cr_cause cause;
    char message[640]; /* lower case, no full stop: "the container listens on port 3000, and is asked on port 8080" */
    char hint[480];    /* the flag or the command that mends it */
};

void cr_verdict_find(const struct cr_evidence *e, struct cr_verdict *v);

/* A request that the platform refused because of a secret or of an image, before there is a revision: judged by the
 * text of its error alone. False when it is no such refusal; the verdict then says nothing. */
bool cr_verdict_refusal(const char *message, struct cr_verdict *v);

/* Whether the log has what the platform says at the end of a failed start: until then more may come. */
bool cr_verdict_complete(const struct cr_evidence *e);

#endif
