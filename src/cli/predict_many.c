#include "cli/predict_many.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/ask_stats.h"
#include "cli/predict_show.h"

struct work {
    const struct predict_many *p;
    struct cli_lines *lines; /* of a batch */
    int64_t times;           /* of a repetition; 0 for a batch */
    size_t asked, given;
    struct cli_stats stats;
    struct cr_error first; /* of the first that failed; code CR_OK: none did */
    bool shown;            /* a repetition's answer */
    json_t *answer;        /* the same with --json; owned */
};

static void count(struct work *w, const struct cli_item *item)
{
    w->given++;
    w->stats.cold += item->answer.start == CLI_START_COLD;
    if (!item->failed) {
        cli_stats_add(&w->stats, item->answer.timing.total_us);
        return;
    }
    w->stats.failed++;
    if (w->first.code == CR_OK)
        w->first = item->err;
}

static void waiting(void *ud, int status, int64_t left_ms)
{
    const struct work *w = ud;
    CR_AUTO_FREE char *what =
        cr_format("HTTP %d: waiting for the service, %lld s left", status, (long long)(left_ms + 999) / 1000);

    ui_progress(w->p->c->ui, what, (int64_t)w->given, w->times, false);
}

static int cannot_write(struct cr_error *err)
{
    return cr_fail(err, CR_E_IO, "cannot write to standard output");
}

static int next_line(void *ud, struct cli_item *item, struct cr_error *err)
{
    struct work *w = ud;
    int rc = cli_lines_next(w->lines, &item->body, &item->len, err);

    if (rc <= 0)
        return rc;
    item->line = w->lines->line;
    item->failed = cli_lines_check(w->lines, item->body, item->len, &item->err) < 0;
    return 1;
}

static int give_line(void *ud, const struct cli_item *item, struct cr_error *err)
{
    struct work *w = ud;
    struct cmd *c = w->p->c;
    FILE *out = c->json ? c->out : cmd_payload(c);
    CR_AUTO_FREE char *text = NULL;

    if (c->json) {
        json_auto_t *row = predict_item_json(item, w->p->timing);

        text = cr_oom_check(json_dumps(row, JSON_COMPACT));
        fputs(w->given ? ",\n    " : "\n    ", out);
    } else {
        text = predict_item_line(item);
    }
    fputs(text, out);
    if (!c->json)
        fputc('\n', out);
    fflush(out); /* a reader behind a pipe gets each as it comes */
    count(w, item);
    ui_progress(c->ui, "answered", (int64_t)w->given, 0, false);
    return ferror(out) ? cannot_write(err) : 0;
}

static int next_time(void *ud, struct cli_item *item, struct cr_error *err)
{
    struct work *w = ud;
    const struct cli_question *q = w->p->question;

    (void)err;
    if ((int64_t)w->asked == w->times)
        return 0;
    w->asked++;
    item->body = cr_strndup(q->body, q->len);
    item->len = q->len;
    return 1;
}

static int give_time(void *ud, const struct cli_item *item, struct cr_error *err)
{
    struct work *w = ud;
    struct cmd *c = w->p->c;

    count(w, item);
    ui_progress(c->ui, "answered", (int64_t)w->given, w->times, false);
    if (item->failed || w->shown)
        return 0;
    w->shown = true;
    if (c->json) {
        w->answer = predict_answer_json(&item->answer, w->p->timing);
        return 0;
    }
    return predict_body_show(c, &item->answer) ? 0 : cannot_write(err);
}

/* One that fails is the failure of all; of several the first is told. */
static int sum_up(const struct work *w, struct cr_error *err)
{
    char why[sizeof(w->first.msg)];

    if (w->first.code == CR_OK)
        return 0;
    snprintf(why, sizeof(why), "%.700s", w->first.msg);
    if (w->given == 1)
        cr_fail(err, w->first.code, "%s", why);
    else
        cr_fail(err, w->first.code, "%zu of %zu requests failed, the first with: %s", w->stats.failed, w->given, why);
    return *w->first.hint ? cr_hint(err, "%s", w->first.hint) : -1;
}

static void show_stats(const struct work *w)
{
    CR_AUTO_FREE char *text = cli_stats_text(&w->stats);

    ui_done(w->p->c->ui, "%s", text);
}

static int run(struct work *w, struct cr_error *err)
{
    const struct predict_many *p = w->p;
    const struct cli_many many = {.link = p->link,
                                  .question = p->question,
                                  .parallel = p->parallel,
                                  .next = w->times ? next_time : next_line,
                                  .give = w->times ? give_time : give_line,
                                  .waiting = waiting,
                                  .ud = w};

    return cli_ask_many(&many, err);
}

/* Also behind Ctrl-C the document is whole. */
static int end_document(struct work *w, struct cr_error *err)
{
    json_auto_t *stats = cli_stats_json(&w->stats);
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(stats, JSON_COMPACT));
    struct cmd *c = w->p->c;

    c->answered = true;
    fprintf(c->out, "%s],\n  \"stats\": %s\n}\n", w->given ? "\n  " : "", text);
    return fflush(c->out) == EOF || ferror(c->out) ? cannot_write(err) : 0;
}

int predict_batch(const struct predict_many *p, struct cli_lines *lines, struct cr_error *err)
{
    struct work w = {.p = p, .lines = lines};
    struct cr_error unwritten = {0};
    int rc;

    if (p->c->json)
        fputs("{\n  \"results\": [", p->c->out);
    rc = run(&w, err);
    if (p->c->json && end_document(&w, &unwritten) < 0 && rc == 0) {
        *err = unwritten;
        rc = -1;
    }
    show_stats(&w);
    if (rc == 0)
        rc = sum_up(&w, err);
    cli_stats_clear(&w.stats);
    return rc;
}

int predict_repeat(const struct predict_many *p, int64_t times, struct cr_error *err)
{
    struct work w = {.p = p, .times = times};
    struct cr_error unwritten = {0};
    int rc = run(&w, err);

    show_stats(&w);
    if (p->c->json && w.given) {
        json_t *doc = w.answer ? w.answer : json_object();

        json_object_set_new(doc, "stats", cli_stats_json(&w.stats));
        if (cmd_json(p->c, doc, &unwritten) < 0 && rc == 0) {
            *err = unwritten;
            rc = -1;
        }
    }
    if (rc == 0)
        rc = sum_up(&w, err);
    cli_stats_clear(&w.stats);
    return rc;
}
