/*
 * service.h - the model that is served, from loading to the last answer, and nothing of HTTP.
 *
 * Threads: service_open and service_answer run on the worker alone; the rest may be read from anywhere: `state` is
 *   atomic, and what it guards is written before it turns SERVICE_READY.
 */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include <stdatomic.h>

#include "reply.h"
#include "settings.h"

enum service_state { SERVICE_LOADING, SERVICE_READY, SERVICE_FAILED };

struct service {
    const struct settings *settings;
    _Atomic int state;
    struct model *model;
    struct task *task;
    const char *_Atomic project; /* for log lines; NULL when not known, or not yet */
    struct error failure;        /* why the state is SERVICE_FAILED */
    int64_t load_us;             /* opening and warming up */
    bool answered;               /* at least once */
    size_t parsed;               /* the most memory that JSON took since service_rest */
};

void service_open(struct service *s); /* loads, warms up, sets the state */
void service_close(struct service *s);
/* Between two requests: gives memory back that a large one used. */
void service_rest(struct service *s);
/* One question: body in, reply out; 400 for what is not JSON, 413 for what takes too much memory once it is parsed. The
 * deadline is of service_now_us, 0 for none. */
void service_answer(struct service *s, const char *body, size_t length, int64_t deadline_us, struct reply *reply);
int64_t service_now_us(void);

#endif
