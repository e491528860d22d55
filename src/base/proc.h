/*
 * proc.h - child programs: started in a process group of their own, so that a whole build can be ended at once.
 *
 * Units: milliseconds. No shell is ever involved: argv is passed as it is.
 */
#ifndef CR_PROC_H
#define CR_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

/* From now on nobody but root reads this process's memory, by a core dump, a debugger or /proc, since tokens are in it.
 * First in every main() that may hold one. A child is as usual again once it runs another program. */
void cr_proc_hide(void);

struct cr_proc_opt {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *dir;         /* working directory, or NULL */
    const char *const *env;  /* extra "K=V", NULL-terminated, or NULL; added to ours */
    bool small_env;          /* of ours only what env.h keeps */
    int in, out, err;        /* descriptors for 0, 1, 2; -1 is /dev/null */
};

/* Starts a child as leader of a new process group. Fails with CR_E_IO ("cannot run 'x': No such file or directory"). */
int cr_proc_start(const struct cr_proc_opt *o, pid_t *pid, struct cr_error *err) CR_CHECKED;
/* Waits at most timeout_ms (-1: for ever). *status is the exit status, or 128 + signal. *done says whether it ended. */
int cr_proc_wait(pid_t pid, int64_t timeout_ms, bool *done, int *status, struct cr_error *err) CR_CHECKED;
/* SIGTERM to the group, SIGKILL after grace_ms, and reaps the leader. */
void cr_proc_kill(pid_t pid, int64_t grace_ms);

/* Runs a child to its end, collecting stdout and stderr together in *out (ceiling: out->max, the rest is dropped; NULL
 * drops all). Kills it after timeout_ms with CR_E_NET. *status as above; a non-zero status is not a failure of this
 * call. */
int cr_proc_run(const char *const *argv, const char *dir, int64_t timeout_ms, struct cr_str *out, int *status,
                struct cr_error *err) CR_CHECKED;

bool cr_proc_alive(pid_t pid);
int64_t cr_proc_start_time(pid_t pid); /* kernel start time in clock ticks, or -1: tells a pid from its reuse */

#endif
