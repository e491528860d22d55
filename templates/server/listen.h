/*
 * listen.h - the listening socket. It is our own, since libmicrohttpd does not keep errno, which says why a port cannot
 * be had.
 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include "settings.h"

/* The descriptor, non-blocking, and the real port where the settings say 0; -1 and *err on failure. */
int listen_on(const struct settings *set, int *port, struct error *err);

#endif
