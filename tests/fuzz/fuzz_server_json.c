/* A request of task "tensor", as a client may write it. Whatever the bytes are: the answer is 200 with the tensors that
 * were sent, or a 4xx with a message; and what was answered, sent again, is answered with the same bytes.
 * Parsed, the request takes no more memory than was counted before. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_size.h"
#include "lib/json_peak.h"
#include "service.h"
#include "task_tensor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct settings settings = {.name = "m", .task = "tensor", .threads = 1, .request_mb = 64};
static struct service service = {.settings = &settings};

static void open_service(void)
{
    char path[] = "/tmp/fuzz_server_json.XXXXXX";
    int fd = mkstemp(path);

    if (fd < 0)
        abort();
    close(fd);
    settings.model = path;
    service_open(&service);
    unlink(path);
    settings.model = NULL;
    if (service.state != SERVICE_READY)
        abort();
}

/* The outputs of an answer are inputs of the same values. */
static char *again(const struct reply *first)
{
    json_auto_t *answer = json_loadb(first->body, first->length, 0, NULL), *request = NULL;

    if (!answer)
        abort();
    request =
        json_pack("{s:O, s:O*}", "inputs", json_object_get(answer, "outputs"), "id", json_object_get(answer, "id"));
    return json_dumps(request, JSON_COMPACT | JSON_REAL_PRECISION(17));
}

static void check_error(const struct reply *reply)
{
    json_auto_t *doc = json_loadb(reply->body, reply->length, 0, NULL);
    const char *message = json_string_value(json_object_get(json_object_get(doc, "error"), "message"));

    if (reply->status < 400 || reply->status > 499 || !message || !message[0])
        abort();
}

/* The echo sleeps when it is told to, and fails. Neither belongs here. */
static int means_something(const uint8_t *data, size_t size)
{
    return memmem(data, size, "delay", 5) || memmem(data, size, "fail", 4) || memmem(data, size, "\\u", 2) ||
           memmem(data, size, "FP64", 4); /* nine digits do not carry it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply first = {0}, second = {0};
    char *request;

    if (json_peak((const char *)data, size) > json_size((const char *)data, size))
        abort();
    if (means_something(data, size))
        return 0;
    if (!service.task)
        open_service();
    service_answer(&service, (const char *)data, size, 0, &first);
    if (first.status != 200) {
        check_error(&first);
        reply_clear(&first);
        return 0;
    }
    request = again(&first);
    service_answer(&service, request, strlen(request), 0, &second);
    /* What JSON cannot say, infinity, came out as null and is no number any more. */
    if (second.status == 200
            ? strcmp(first.body, second.body) != 0
            : !memmem(first.body, first.length, "null", 4) && !memmem(first.body, first.length, "\"outputs\":[]", 12))
        abort();
    free(request);
    reply_clear(&first);
    reply_clear(&second);
    return 0;
}
