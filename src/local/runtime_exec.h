/*
 * runtime_exec.h - running a container engine's command line: an argument list that grows, a run that collects what is
 * said on each stream, and a run that writes to a log and can be cancelled.
 *
 * Ownership: the list owns copies of its texts; LOCAL_AUTO_ARGS frees them. Units: milliseconds.
 */
#ifndef LOCAL_RUNTIME_EXEC_H
#define LOCAL_RUNTIME_EXEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

struct local_args {
    char **item; /* NULL-terminated once anything was added */
    size_t len, cap;
    const char *const *env; /* "K=V" beyond our own environment, NULL-terminated, or NULL; the caller's */
};

#define LOCAL_AUTO_ARGS __attribute__((cleanup(local_args_clear)))
void local_args_add(struct local_args *a, const char *text);
void local_args_addf(struct local_args *a, const char *fmt, ...) CR_PRINTF(2, 3);
void local_args_all(struct local_args *a, const char *const *texts); /* NULL-terminated, or NULL */
void local_args_clear(struct local_args *a);

/* Runs to the end and collects stdout; stderr goes into err's message when the status is not 0, which is a failure
 * here: "podman run: WHAT IT SAID LAST". out may be NULL. */
int local_exec_text(const struct local_args *a, int64_t timeout_ms, struct cr_str *out,
                    struct cr_error *err) CR_CHECKED;

/* Runs to the end with both streams going to log_fd; *group (may be NULL) is the process group meanwhile. `mark_dir`
 * (may be NULL) gets a file that names the group, so that local_exec_sweep() can end it when we are killed. */
int local_exec_log(const struct local_args *a, const char *dir, int log_fd, const char *mark_dir, _Atomic pid_t *group,
                   int *status, struct cr_error *err) CR_CHECKED;

/* Marks a process as ours / takes the mark back / kills the groups of all marks whose process is still the one marked.
 */
void local_exec_mark(const char *mark_dir, pid_t pid);
void local_exec_unmark(const char *mark_dir, pid_t pid);
void local_exec_sweep(const char *mark_dir);

bool local_exec_found(const char *program); /* is it in PATH, and does it run */

/* A port of 127.0.0.1 that is free now. */
int local_free_port(int *port, struct cr_error *err) CR_CHECKED;

#endif
