/*
 * error.h - how every fallible function of the server and of bootstrap reports failure.
 *
 * Contract: a fallible function returns int, takes `struct error *err` last, returns 0 and leaves *err alone, or
 *   returns -1 and fills *err. Outputs are set only on success.
 * Text: lower case, no full stop, the subject in quotes; a client reads it, so it names the field of the request.
 */
#ifndef SERVER_ERROR_H
#define SERVER_ERROR_H

struct error {
    int status;    /* the HTTP status a client is given: 400 the request is wrong, 500 the server or its model is */
    char msg[512]; /* cut when longer; always valid UTF-8 */
};

/* Both return -1, so `return error_set(err, 400, ...)` is the idiom. */
int error_set(struct error *err, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* prefixes "FMT: " */

#endif
