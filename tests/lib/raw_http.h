/* raw_http.h - bytes to and from a server on 127.0.0.1, as they are, for unit tests. A failure ends the test. */
#ifndef RAW_HTTP_H
#define RAW_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

int raw_dial(int port); /* a connection; reads wait for at most 20 seconds */
void raw_put(int fd, const char *text);
/* Everything until the other side ends. New. */
char *raw_rest(int fd);
/* Sends `n` bytes over a new connection and reads until its end. New. */
char *raw_send(int port, const char *bytes, size_t n);
/* True when the other side ends the connection within so many milliseconds; whatever it sends is dropped. */
bool raw_ends(int fd, int ms);

/* A process that holds idle connections. */
struct raw_idlers {
    pid_t pid;
    int opened; /* connections that the kernel established */
};
/* `uid` other than 0: the process changes to that user first. */
struct raw_idlers raw_idle(int port, int count, uid_t uid);
void raw_idle_end(struct raw_idlers *idlers);

#endif
