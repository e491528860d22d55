/*
 * login_listen.h - waits on 127.0.0.1 for the browser that a login sends back.
 *
 * Browsers open connections ahead of time and may send nothing on them: several are held at once, and whichever sends a
 * request is served. Only GET / with a query is put before the judge; anything else is answered 404 and forgotten.
 *
 * Units: milliseconds. Ownership: cli_listen_close() closes everything; it may be called twice.
 * Errors: CR_E_IO when no port can be had; CR_E_AUTH when the time is up; CR_E_INTERRUPT on Ctrl-C.
 */
#ifndef CLI_LOGIN_LISTEN_H
#define CLI_LOGIN_LISTEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CLI_LISTEN_FIRST = 8085, CLI_LISTEN_LAST = 8184, CLI_LISTEN_CONNS = 16, CLI_LISTEN_HEAD = 16 << 10 };

struct cli_listen {
    int fd; /* -1: closed */
    int port;
    struct cli_listen_conn {
        int fd;
        size_t len;
        char *head;
    } conn[CLI_LISTEN_CONNS];
    int count;
};
#define CLI_LISTEN_INIT \
    {                   \
        .fd = -1        \
    }
#define CLI_AUTO_LISTEN __attribute__((cleanup(cli_listen_close)))

/* port: -1 takes the first free of 8085 to 8184, 0 any. l->port says which it became. */
int cli_listen_open(int port, struct cli_listen *l, struct cr_error *err) CR_CHECKED;
void cli_listen_close(struct cli_listen *l);

enum cli_listen_verdict {
    CLI_LISTEN_DONE, /* the page says so, and the wait ends well */
    CLI_LISTEN_ON,   /* the page shows err, and the wait goes on */
    CLI_LISTEN_FAIL, /* the page shows err, and the wait ends with it */
};
typedef enum cli_listen_verdict cli_listen_judge(void *ud, const char *query, struct cr_error *err);
int cli_listen_wait(struct cli_listen *l, int64_t timeout_ms, cli_listen_judge *judge, void *ud,
                    struct cr_error *err) CR_CHECKED;

#endif
