#include "core/verdict.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/verdict_judge.h"

static const char *const names[CR_CAUSE_COUNT] = {
    [CR_CAUSE_UNKNOWN] = "unknown",
    [CR_CAUSE_NOT_LISTENING] = "not-listening",
    [CR_CAUSE_WRONG_PORT] = "wrong-port",
    [CR_CAUSE_LOOPBACK] = "loopback",
    [CR_CAUSE_TOO_SLOW] = "too-slow",
    [CR_CAUSE_PROBE] = "probe",
    [CR_CAUSE_MEMORY] = "out-of-memory",
    [CR_CAUSE_CRASH] = "crash",
    [CR_CAUSE_ARCHITECTURE] = "wrong-architecture",
    [CR_CAUSE_MISSING_FILE] = "missing-file",
    [CR_CAUSE_NOT_EXECUTABLE] = "not-executable",
    [CR_CAUSE_IMAGE] = "image-not-found",
    [CR_CAUSE_PERMISSION] = "permission",
    [CR_CAUSE_SECRET] = "secret-denied",
};

const char *cr_cause_name(enum cr_cause cause)
{
    return names[cause < CR_CAUSE_COUNT ? cause : CR_CAUSE_UNKNOWN];
}

/* Length of the well-formed character at p; 0 when it is none, or a control. */
static size_t character(const unsigned char *p)
{
    size_t n = *p < 0x80                 ? 1
               : *p >= 0xc2 && *p < 0xe0 ? 2
               : *p >= 0xe0 && *p < 0xf0 ? 3
               : *p >= 0xf0 && *p < 0xf5 ? 4
                                         : 0;

    if (n == 1)
        return *p >= 0x20 && *p != 0x7f;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static void put(const char *text, char *out, size_t size)
{
    size_t len = 0;

    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = character(p);

        if (len + (n ? n : 1) >= size)
            break;
        if (n)
            memcpy(out + len, p, n);
        else
            out[len] = ' ';
        len += n ? n : 1;
        p += n ? n : 1;
    }
    out[len] = '\0';
}

bool cr_judge_say(struct cr_judge *j, enum cr_cause cause, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    j->v->cause = cause;
    put(text, j->v->message, sizeof(j->v->message));
    return true;
}

void cr_judge_hint(struct cr_judge *j, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    put(text, j->v->hint, sizeof(j->v->hint));
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* Messages and reasons of the conditions that failed. */
static void gather(const struct cr_evidence *e, struct cr_str *said, struct cr_str *reasons)
{
    static const char *const kinds[] = {"reason", "revisionReason", "executionReason"};
    struct cr_error full = {0}; /* what comes then says nothing more */
    json_t *one;
    size_t i;

    if (e->message)
        (void)!cr_str_addf(said, &full, "%s", e->message);
    json_array_foreach(json_object_get(e->revision, "conditions"), i, one)
    {
        if (strcmp(text_at(one, "state"), "CONDITION_FAILED") != 0)
            continue;
        if (!strstr(said->buf, text_at(one, "message")))
            (void)!cr_str_addf(said, &full, "%s%s", said->len ? "\n" : "", text_at(one, "message"));
        for (size_t k = 0; k < CR_LEN(kinds); k++)
            if (*text_at(one, kinds[k]))
                (void)!cr_str_addf(reasons, &full, " %s ", text_at(one, kinds[k]));
    }
}

/* What the platform says, without the name of the revision before it and the addresses of logs and pages behind it.
 * New.
 */
static char *plain(const char *said)
{
    static const char head[] = "is not ready and cannot serve traffic. ", tail[] = "Logs URL:";
    const char *at = strstr(said, head), *end;
    char *text;
    size_t n;

    at = at ? at + strlen(head) : said;
    end = strstr(at, tail);
    n = end ? (size_t)(end - at) : strlen(at);
    while (n && (isspace((unsigned char)at[n - 1]) || at[n - 1] == '.'))
        n--;
    text = cr_strndup(at, n);
    return text;
}

static void unknown(struct cr_judge *j)
{
    const char *fault = cr_verdict_log_fault(&j->log);
    CR_AUTO_FREE char *said = plain(j->said);

    if (*said)
        cr_judge_say(j, CR_CAUSE_UNKNOWN, "%s", said);
    else
        cr_judge_say(j, CR_CAUSE_UNKNOWN, "it is not ready, and the platform does not say why");
    if (fault)
        cr_judge_hint(j, "its log may say why: '%.200s'", fault);
    else
        cr_judge_hint(j, "its log may say more: crdeploy logs");
}

/* Reads all evidence; the two strings hold what j points to. */
static void open_judge(const struct cr_evidence *e, struct cr_str *said, struct cr_str *reasons, struct cr_verdict *v,
                       struct cr_judge *j)
{
    gather(e, said, reasons);
    *v = (struct cr_verdict){.cause = CR_CAUSE_UNKNOWN};
    *j = (struct cr_judge){.v = v, .said = said->buf, .reasons = reasons->buf};
    cr_verdict_log_read(e->entries, &j->log);
    cr_verdict_settings_read(e->revision, j->log.container, j->said, &j->set);
}

void cr_verdict_find(const struct cr_evidence *e, struct cr_verdict *v)
{
    CR_AUTO_STR struct cr_str said = CR_STR_INIT(1 << 16), reasons = CR_STR_INIT(4096);
    struct cr_judge j;

    open_judge(e, &said, &reasons, v, &j);
    if (!cr_judge_refused(&j) && !cr_judge_ended(&j) && !cr_judge_unreached(&j))
        unknown(&j);
    cr_verdict_log_clear(&j.log);
}

bool cr_verdict_refusal(const char *message, struct cr_verdict *v)
{
    const struct cr_evidence e = {.message = message};
    CR_AUTO_STR struct cr_str said = CR_STR_INIT(1 << 16), reasons = CR_STR_INIT(4096);
    struct cr_judge j;
    bool refused;

    open_judge(&e, &said, &reasons, v, &j);
    j.at_request = true;
    refused = cr_judge_refused(&j);
    cr_verdict_log_clear(&j.log);
    return refused;
}

bool cr_verdict_complete(const struct cr_evidence *e)
{
    CR_AUTO_STR struct cr_str said = CR_STR_INIT(1 << 16), reasons = CR_STR_INIT(4096);
    struct cr_verdict v;
    struct cr_judge j;
    bool complete;

    open_judge(e, &said, &reasons, &v, &j);
    complete = cr_judge_refused(&j) || j.log.memory || j.log.exec || j.log.exit_code >= 0 || j.log.signal ||
               j.log.probe_failed;
    cr_verdict_log_clear(&j.log);
    return complete;
}
