/*
 * env.h - the small environment in which a daemon and the programs that it starts run.
 *
 * What a user's shell holds (access tokens, API keys, credentials' paths) is of no use to a process that outlives the
 * command which started it, and everything of the same user can read it in /proc/PID/environ for as long as the process
 * runs. So a daemon gets only the variables of a fixed list: where programs, homes and run-time directories are, the
 * language, proxies, certificates, and settings of the container tools.
 *
 * Source: environ(7); containers.conf(5); curl(1) for the proxies.
 */
#ifndef CR_ENV_H
#define CR_ENV_H

#include <stdbool.h>

/* Whether the list has the variable; text is NAME or NAME=VALUE. */
bool cr_env_is_kept(const char *text);

/* The value of one that the list has, NULL when it is not set. */
const char *cr_env(const char *name);

/* The variables of ours that the list has, NULL-terminated; the caller frees the array alone, its texts belong to the
 * environment. */
char **cr_env_kept(void);

#endif
