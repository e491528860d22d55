#include "service.h"

#include <malloc.h>
#include <time.h>

#include "json_size.h"

int64_t service_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int open_all(struct service *s, struct error *err)
{
    const struct settings *set = s->settings;
    struct model_options options = settings_model(set);
    struct task_config config = settings_task(set);

    if (model_open(&options, &s->model, err) < 0 || task_open(set->task, &config, s->model, &s->task, err) < 0)
        return -1;
    if (s->task->ops->warm(s->task, err) < 0)
        return error_wrap(err, "the warm-up inference failed");
    return 0;
}

void service_open(struct service *s)
{
    int64_t start = service_now_us();

    if (open_all(s, &s->failure) < 0) {
        atomic_store(&s->state, SERVICE_FAILED);
        return;
    }
    s->load_us = service_now_us() - start;
    atomic_store(&s->state, SERVICE_READY);
}

void service_close(struct service *s)
{
    task_close(s->task);
    model_close(s->model);
    s->task = NULL;
    s->model = NULL;
}

/* Up to this much freed memory is kept for the next request. */
#define KEEP ((size_t)32 << 20)

void service_rest(struct service *s)
{
    if (s->parsed > KEEP)
        malloc_trim(0);
    s->parsed = 0;
}

void service_answer(struct service *s, const char *body, size_t length, int64_t deadline_us, struct reply *reply)
{
    size_t size = json_size(body, length), most = settings_request_bytes(s->settings);
    json_auto_t *request = NULL;
    json_t *response = NULL;
    json_error_t where;
    struct error err = {0};
    int64_t start = service_now_us();

    if (size > most) {
        reply_error(reply, 413, "the JSON takes %zu bytes once it is parsed: at most %zu are taken; send fewer values",
                    size, most);
        return;
    }
    if (size > s->parsed)
        s->parsed = size;
    s->task->deadline_us = deadline_us;
    request = json_loadb(body ? body : "", length, JSON_REJECT_DUPLICATES, &where);
    if (!request)
        reply_error(reply, 400, "the body is not JSON: line %d, column %d: %s", where.line, where.column, where.text);
    else if (s->task->ops->answer(s->task, request, &response, &err) < 0)
        reply_error(reply, err.status, "%s", err.msg);
    else
        reply_answer(reply, response, s->task->digits);
    reply->ran = true;
    reply->cold = !s->answered;
    s->answered = true;
    reply->run_us = service_now_us() - start;
}
