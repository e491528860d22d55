#include "cli/predict_show.h"

#include <inttypes.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"

/* The body as JSON: itself, or as a text; what is no UTF-8 loses those bytes. */
static json_t *body_json(const struct cli_answer *a)
{
    json_t *text;

    if (a->json)
        return json_incref(a->json);
    text = json_stringn(a->body, a->len);
    return text ? text : cmd_text_json(a->body);
}

static json_t *ms_json(int64_t us)
{
    return us > 0 ? json_real((double)us / 1000) : json_null();
}

static json_t *timing_json(const struct gcp_timing *t)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "dns_ms", ms_json(t->dns_us), "connect_ms",
                     ms_json(t->connect_us), "tls_ms", ms_json(t->tls_us), "first_byte_ms", ms_json(t->first_us),
                     "total_ms", ms_json(t->total_us), "kept", t->kept);
}

static json_t *start_json(enum cli_start start)
{
    return start == CLI_START_UNKNOWN ? json_null() : json_boolean(start == CLI_START_COLD);
}

json_t *predict_answer_json(const struct cli_answer *a, bool timing)
{
    json_t *doc = json_pack("{s:i, s:s, s:I, s:i, s:o, s:o, s:o}", "status", a->status, "url", a->url, "ms",
                            (json_int_t)a->ms, "tries", a->tries, "cold", start_json(a->start), "server_ms",
                            a->server_ms < 0 ? json_null() : json_integer(a->server_ms), "response", body_json(a));

    if (timing)
        json_object_set_new(doc, "timing", timing_json(&a->timing));
    return doc;
}

static json_t *error_json(const struct cr_error *err)
{
    return json_pack("{s:s, s:o, s:o}", "code", cr_code_name(err->code), "message", cmd_text_json(err->msg), "hint",
                     cmd_text_json(err->hint));
}

json_t *predict_item_json(const struct cli_item *item, bool timing)
{
    json_t *doc = json_pack("{s:I}", "line", (json_int_t)item->line), *answer;

    if (item->answer.status) {
        answer = predict_answer_json(&item->answer, timing);
        json_object_update(doc, answer);
        json_decref(answer);
    }
    if (item->failed)
        json_object_set_new(doc, "error", error_json(&item->err));
    return doc;
}

char *predict_item_line(const struct cli_item *item)
{
    json_auto_t *doc = NULL;

    if (!item->failed || json_object_get(item->answer.json, "error"))
        doc = body_json(&item->answer);
    else
        doc = json_pack("{s:{s:s, s:o}}", "error", "code", cr_code_name(item->err.code), "message",
                        cmd_text_json(item->err.msg));
    return cr_oom_check(json_dumps(doc, JSON_COMPACT | JSON_ENCODE_ANY));
}

static char *step_text(int64_t us)
{
    return us > 0 ? cr_format("%.1f ms", (double)us / 1000) : cr_strdup("-");
}

char *predict_timing_text(const struct cli_answer *a)
{
    CR_AUTO_FREE char *dns = step_text(a->timing.dns_us), *connect = step_text(a->timing.connect_us),
                      *tls = step_text(a->timing.tls_us), *first = step_text(a->timing.first_us),
                      *all = step_text(a->timing.total_us);
    CR_AUTO_FREE char *server =
        a->server_ms < 0 ? cr_strdup("") : cr_format(", %" PRId64 " ms in the server", a->server_ms);
    static const char *const starts[] = {"cold or warm is not said", "warm", "cold"};

    return cr_format("DNS %s, connected %s, TLS %s, first byte %s, all %s; %s%s", dns, connect, tls, first, all,
                     starts[a->start], server);
}

bool predict_body_show(struct cmd *c, const struct cli_answer *a)
{
    FILE *out = cmd_payload(c);

    fwrite(a->body, 1, a->len, out);
    if (!a->len || a->body[a->len - 1] != '\n')
        fputc('\n', out);
    return !ferror(out);
}
