/*
 * netns.h - connections into a container's network namespace.
 *
 * A port that is published on 127.0.0.1 answers every user of the machine. So nothing is published: a container's
 * network is one that the machine has no route to, and the sockets that connect to it are made inside its namespace. A
 * socket stays in the namespace that it was made in, whoever uses it afterwards; so a child process joins the namespace
 * once, makes sockets on request and passes them back. A thread of ours could not: joining the user namespace that a
 * rootless engine's containers have is refused to a process with threads.
 *
 * The namespace, and the child, live until local_netns_close(). Threads: local_netns_connect() may be called from
 * several at once.
 * Errors: CR_E_IO.
 * Source: setns(2), network_namespaces(7), unix(7) (SCM_RIGHTS).
 */
#ifndef LOCAL_NETNS_H
#define LOCAL_NETNS_H

#include <sys/types.h>

#include "base/error.h"

struct local_netns;

/* Joins the network namespace of a process. */
int local_netns_open(pid_t pid, struct local_netns **net, struct cr_error *err) CR_CHECKED;
/* For another owner, who closes it as well; NULL is fine, here and there. The last one ends the child. */
struct local_netns *local_netns_hold(struct local_netns *net);
void local_netns_close(struct local_netns *net);

/* A non-blocking socket that connects, or has connected, to the port of the namespace's first address that is not a
 * loopback one: what listens on 127.0.0.1 alone is not reached, as on Cloud Run. -1 and errno when it was refused at
 * once. The caller closes it. */
int local_netns_connect(struct local_netns *net, int port);
/* The same to a port of this machine's 127.0.0.1. */
int local_loopback_connect(int port);

#endif
