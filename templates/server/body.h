/*
 * body.h - bodies of requests, and the budget that all of them share.
 *
 * A body reserves its room before its first byte is received: its Content-Length, or, where that is unknown, as much as
 * it has grown to. What the budget does not hold is refused, so clients that send slowly cannot add up to more than it.
 * Large bodies are mappings of their own: what is released goes back to the system at once, and pages that no byte has
 * arrived for take no memory.
 *
 * Threads: one thread alone uses a budget and its bodies; a body may be read by another one.
 */
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include <stddef.h>

struct budget {
    size_t max, used; /* bytes */
};

struct body {
    char *data; /* NULL when nothing was reserved */
    size_t length, capacity;
};

/* Room for `size` bytes in all; -1 when the budget does not hold it, and the body is as it was. */
int body_reserve(struct body *body, struct budget *budget, size_t size);
/* Grows as far as it has to, to at most `max` (which is at least the new length); -1 as above. */
int body_append(struct body *body, struct budget *budget, const char *data, size_t size, size_t max);
void body_release(struct body *body, struct budget *budget); /* zeroed is fine */

#endif
