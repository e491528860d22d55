/*
 * error.h - how every fallible function in crdeploy reports failure.
 *
 * Contract: a fallible function returns int, takes `struct cr_error *err` last,
 *   returns 0 and leaves *err alone, or returns -1 and fills *err. Nothing else.
 * Ownership: fixed buffers, so an error is never allocated, freed or leaked.
 * Errors: text longer than a buffer is cut; a full API body goes to --debug.
 */
#ifndef CR_ERROR_H
#define CR_ERROR_H

#include <stdarg.h>

#define CR_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define CR_CHECKED __attribute__((warn_unused_result))

/* What a script may branch on. The table in error.c gives each its word, its exit status and its meaning. */
enum cr_code {
    CR_OK,
    CR_E_USAGE,      /* the command line is wrong */
    CR_E_CONFIG,     /* the manifest, or another file of the user's, is wrong */
    CR_E_LIMIT,      /* a platform limit would be exceeded */
    CR_E_AUTH,       /* no usable credential, or not allowed */
    CR_E_API,        /* the service refused; not worth retrying */
    CR_E_BUILD,      /* the image could not be built, or the revision did not start */
    CR_E_NET,        /* the service could not be reached, kept failing, or took too long */
    CR_E_IO,         /* local files, local programs */
    CR_E_ANSWER_4XX, /* predict: the model refused the request */
    CR_E_ANSWER_5XX, /* predict: the model failed */
    CR_E_INTERRUPT,  /* SIGINT or SIGTERM */
    CR_CODE_COUNT
};

struct cr_error {
    enum cr_code code;
    char msg[1024]; /* lower case, no full stop: what failed, the subject in quotes */
    char hint[512]; /* may be empty: what to do about it, with a value or a command that works */
};

/* Each of these returns -1, so `return cr_fail(err, ...)` is the idiom. */
int cr_fail(struct cr_error *err, enum cr_code code, const char *fmt, ...) CR_PRINTF(3, 4);
int cr_hint(struct cr_error *err, const char *fmt, ...) CR_PRINTF(2, 3);
int cr_wrap(struct cr_error *err, const char *fmt, ...) CR_PRINTF(2, 3); /* prefixes "FMT: " */

/* The three columns of the documented table. */
int cr_code_exit(enum cr_code code);            /* process exit status */
const char *cr_code_name(enum cr_code code);    /* stable word for --json */
const char *cr_code_meaning(enum cr_code code); /* one line for help and the man page */

#endif
