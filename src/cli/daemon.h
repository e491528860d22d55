/*
 * daemon.h - finding, starting and ending the local platform's daemon.
 *
 * The daemon writes $XDG_STATE_HOME/crdeploy/local/daemon.json, mode 0600:
 *   {"pid", "start_time" (kernel ticks, cr_proc_start_time), "url", "ingress_port", "token", "version"}
 * and removes it when it ends. A file whose process is gone, or whose pid is another process by now, is as good as
 * none. Ownership: cli_daemon_clear() frees the texts. Errors: CR_E_IO, with the daemon's last words as the hint.
 */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "ui/ui.h"

struct cli_daemon {
    char *url;   /* "http://127.0.0.1:PORT", of the APIs */
    char *token; /* secret */
    int ingress_port;
    pid_t pid;
};

/* -1 for ports: the daemon's own defaults; 0: any free one. */
struct cli_daemon_opt {
    int port, ingress_port;
    const char *runtime; /* or NULL: auto */
};

#define CLI_AUTO_DAEMON __attribute__((cleanup(cli_daemon_clear)))
void cli_daemon_clear(struct cli_daemon *d);

/* Fills d only when *running. */
int cli_daemon_find(struct cli_daemon *d, bool *running, struct cr_error *err) CR_CHECKED;
/* The running one, or a new one once its health answers. o may be NULL. Two callers at once start one. */
int cli_daemon_start(struct ui *ui, const struct cli_daemon_opt *o, struct cli_daemon *d,
                     struct cr_error *err) CR_CHECKED;
/* Asks the daemon: "GET", "/local/status". *reply is new; the status must be 200. */
int cli_daemon_call(const struct cli_daemon *d, const char *method, const char *path, json_t **reply,
                    struct cr_error *err) CR_CHECKED;
/* Hints at why the running daemon did not answer: whether it has ended, how to have it again, where its log is. */
void cli_daemon_explain(struct cr_error *err);
/* Ends it, with everything it runs. *was says whether there was one; of one that was killed, what it left running is
 * ended and removed. */
int cli_daemon_stop(bool *was, struct cr_error *err) CR_CHECKED;

#endif
