/*
 * verdict_log.h - what the log of a failed start says: the lines of the platform read as facts, those of the container
 * kept. For verdict.c.
 *
 * Ownership: cr_verdict_log_clear() frees; pointers among the facts point into the lines.
 */
#ifndef CR_VERDICT_LOG_H
#define CR_VERDICT_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct cr_verdict_line {
    bool system; /* the platform said it */
    char *text;
};

/* How a command could not be executed. */
enum cr_verdict_exec {
    CR_EXEC_FINE,
    CR_EXEC_UNKNOWN, /* "Application exec likely failed" */
    CR_EXEC_FORMAT,  /* "exec format error" */
    CR_EXEC_MISSING, /* "no such file or directory", "executable file not found" */
    CR_EXEC_DENIED,  /* "permission denied" */
};

struct cr_verdict_log {
    struct cr_verdict_line *line; /* oldest first */
    size_t count;

    bool probe_failed;        /* "STARTUP TCP probe failed 1 time consecutively …" */
    size_t probe_at;          /* the line that said so last */
    bool probe_cancelled;     /* the container ended while it was asked */
    bool probe_refused;       /* nobody accepted the connection, or its answer did not come in time */
    char container[64];       /* the one that was asked; "" when the line does not tell */
    int exit_code;            /* -1: none was said */
    int signal;               /* 0: none */
    bool stopped;             /* it ended only after the probe had failed: the platform ended it */
    char limit[24], used[24]; /* of memory, "512 MiB"; "" when it was not exceeded */
    bool memory;
    enum cr_verdict_exec exec;
    char file[160]; /* what could not be executed; "" when the line does not tell */
};

void cr_verdict_log_read(const json_t *entries, struct cr_verdict_log *log);
void cr_verdict_log_clear(struct cr_verdict_log *log);

/* The newest line of the container that names a fault ("ModuleNotFoundError: …"), else its last; NULL: it said
 * nothing. */
const char *cr_verdict_log_fault(const struct cr_verdict_log *log);

/* Where a line says that a server listens; false when it says nothing of the kind. */
struct cr_listen {
    enum { CR_LISTEN_UNSAID, CR_LISTEN_ANY, CR_LISTEN_LOOPBACK } host;
    int port;    /* 0: not said */
    char at[72]; /* as it is written: "127.0.0.1:5000", "port 3000" */
};
bool cr_listen_parse(const char *line, struct cr_listen *listen);

#endif
