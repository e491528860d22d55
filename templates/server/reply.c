#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const struct {
    int status;
    const char *word;
} codes[] = {
    {400, "bad_request"}, {404, "not_found"},   {405, "method_not_allowed"},
    {408, "timeout"},     {413, "too_large"},   {415, "unsupported_media_type"},
    {500, "internal"},    {503, "unavailable"},
};

static const char *code_word(int status)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].status == status)
            return codes[i].word;
    }
    return "error";
}

/* Nine digits carry any FP32 there and back, seventeen any FP64. */
#define DIGITS 9

static void put(struct reply *r, int status, json_t *body, int digits)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits ? digits : DIGITS));

    json_decref(body);
    if (!text) {
        reply_error(r, 500, "the answer cannot be written as JSON");
        return;
    }
    reply_clear(r);
    r->status = status;
    r->length = strlen(text) + 1;
    r->body = mem_alloc(r->length + 1);
    memcpy(r->body, text, r->length - 1);
    memcpy(r->body + r->length - 1, "\n", 2);
    free(text);
}

void reply_json(struct reply *r, int status, json_t *body)
{
    put(r, status, body, DIGITS);
}

void reply_answer(struct reply *r, json_t *body, int digits)
{
    put(r, 200, body, digits);
}

void reply_error(struct reply *r, int status, const char *fmt, ...)
{
    char message[sizeof(r->message)];
    json_t *text;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    text = json_string(message);
    if (!text)
        text = json_string("the request is not UTF-8");
    reply_json(r, status, json_pack("{s:{s:s, s:o}}", "error", "code", code_word(status), "message", text));
    memcpy(r->message, message, sizeof(message));
}

void reply_clear(struct reply *r)
{
    free(r->body);
    r->body = NULL;
    r->length = 0;
    r->message[0] = '\0';
}
