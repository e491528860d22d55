/*
 * metadata.h - the project this runs in, as the platform's metadata server says. Cloud Run tells a container its
 * service and revision in variables, but not its project, and a log line is joined to its trace by the project's name.
 *
 * Units: milliseconds. Errors: none that matter; without an answer log lines name no trace.
 */
#ifndef SERVER_METADATA_H
#define SERVER_METADATA_H

#include <stdbool.h>

#define METADATA_PROJECT 64 /* a project's id has at most 30 characters */

/* `host` is an IPv4 address, with a port or without: "169.254.169.254". Waits at most `timeout_ms` for each step. */
bool metadata_project(const char *host, int timeout_ms, char out[METADATA_PROJECT]);

#endif
