/* build_prefix.h - "Step #2: " before each line that a step of several writes to the build's log. */
#ifndef LOCAL_BUILD_PREFIX_H
#define LOCAL_BUILD_PREFIX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct local_prefix {
    int to; /* where the step writes; -1: nothing stands between, write to the log itself */
    int from, log;
    char *text;
    _Atomic bool over; /* the step has ended: what is left is copied, and no more waited for */
    pthread_t thread;
};

/* `log` -1: no prefix. Without a pipe or a thread there is none either. */
void local_prefix_begin(struct local_prefix *p, int log, size_t step, const char *id);
void local_prefix_end(struct local_prefix *p);

#endif
