#include "ui/ui.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/clock.h"
#include "base/mem.h"

struct ui {
    FILE *to;
    bool quiet, color, moving; /* moving: a terminal that can rewrite its line */
    bool line;                 /* a moving line stands there now */
    char *step;                /* what the last progress was about */
    char **block;              /* the moving lines of ui_lines(), as last written */
    size_t lines;
    bool drawn;   /* they stand there now */
    json_t *kept; /* of a failure */
    struct cr_clean text;
    int64_t next_ms; /* when the next line of the same step may be shown */
};

enum { REDRAW_MS = 100, PLAIN_MS = 2000 };

/* A terminal that understands more than lines. */
static bool is_terminal(FILE *to)
{
    const char *term = getenv("TERM");

    return isatty(fileno(to)) && term && strcmp(term, "dumb") != 0;
}

bool ui_wants_color(FILE *to, const char *color)
{
    const char *no = getenv("NO_COLOR");

    if (color && strcmp(color, "auto") != 0)
        return strcmp(color, "always") == 0;
    return is_terminal(to) && !(no && *no);
}

struct ui *ui_new(FILE *to, bool quiet, const char *color)
{
    struct ui *u = cr_calloc(1, sizeof(*u));

    u->to = to;
    u->quiet = quiet;
    u->moving = is_terminal(to);
    u->color = ui_wants_color(to, color);
    return u;
}

void ui_free(struct ui *u)
{
    if (!u)
        return;
    ui_done(u, NULL);
    json_decref(u->kept);
    free(u->step);
    free(u);
}

void ui_keep(struct ui *u, json_t *members)
{
    json_decref(u->kept);
    u->kept = members;
}

json_t *ui_kept(const struct ui *u)
{
    return u->kept;
}

static void clear_line(struct ui *u)
{
    if (u->line)
        fputs("\r\033[K", u->to);
    if (u->drawn)
        fprintf(u->to, "\033[%zuA\033[J", u->lines);
    u->line = u->drawn = false;
}

static void say(struct ui *u, const char *color, const char *prefix, const char *fmt, va_list ap)
{
    CR_AUTO_FREE char *text = cr_vformat(fmt, ap);

    clear_line(u);
    if (u->color && color)
        fprintf(u->to, "\033[%sm%s\033[0m", color, prefix);
    else
        fputs(prefix, u->to);
    cr_clean_put(text, u->to);
    fputc('\n', u->to);
    fflush(u->to);
}

#define SAY(u, color, prefix)           \
    do {                                \
        va_list ap;                     \
        va_start(ap, fmt);              \
        say(u, color, prefix, fmt, ap); \
        va_end(ap);                     \
    } while (0)

void ui_note(struct ui *u, const char *fmt, ...)
{
    if (!u->quiet)
        SAY(u, NULL, "");
}

void ui_warn(struct ui *u, const char *fmt, ...)
{
    SAY(u, "33", "warning: ");
}

void ui_hint(struct ui *u, const char *fmt, ...)
{
    SAY(u, "36", "hint: ");
}

void ui_error(struct ui *u, const char *msg)
{
    clear_line(u);
    fprintf(u->to, "crdeploy: %serror:%s ", u->color ? "\033[31m" : "", u->color ? "\033[0m" : "");
    cr_clean_put(msg, u->to);
    fputc('\n', u->to);
    fflush(u->to);
}

void ui_size(int64_t bytes, char text[24])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double n = (double)bytes;
    size_t i = 0;

    while (n >= 1024 && i + 1 < CR_LEN(units)) {
        n /= 1024;
        i++;
    }
    snprintf(text, 24, i ? "%.1f %s" : "%.0f %s", n, units[i]);
}

/* "12.0 MiB of 48.0 MiB (25 %)", or what of it is known. */
static void amount(char text[96], int64_t done, int64_t total, bool bytes)
{
    char a[24], b[24];

    if (bytes) {
        ui_size(done, a);
        ui_size(total, b);
    } else {
        snprintf(a, sizeof(a), "%" PRId64, done);
        snprintf(b, sizeof(b), "%" PRId64, total);
    }
    if (total > 0)
        snprintf(text, 96, " %s of %s (%d %%)", a, b, (int)(100.0 * (double)done / (double)total));
    else if (done > 0)
        snprintf(text, 96, " %s", a);
    else
        *text = '\0';
}

static int columns(const struct ui *u)
{
    struct winsize w;

    return ioctl(fileno(u->to), TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : 80;
}

void ui_progress(struct ui *u, const char *what, int64_t done, int64_t total, bool bytes)
{
    bool fresh = !u->step || strcmp(u->step, what) != 0;
    int64_t now = cr_now_ms();
    char text[96];

    if (u->quiet || (!fresh && now < u->next_ms && !(total && done == total && u->moving)))
        return;
    if (fresh) {
        free(u->step);
        u->step = cr_strdup(what);
    }
    u->next_ms = now + (u->moving ? REDRAW_MS : PLAIN_MS);
    amount(text, done, total, bytes);
    if (u->moving) {
        int room = columns(u) - 1 - (int)strlen(text);

        CR_AUTO_FREE char *shown = cr_strndup(what, room > 0 ? (size_t)room : 0);

        fputs("\r\033[K", u->to);
        cr_clean_put(shown, u->to);
        fputs(text, u->to);
    } else {
        cr_clean_put(what, u->to);
        fprintf(u->to, "%s\n", text);
    }
    u->line = u->moving;
    fflush(u->to);
}

/* Everything again, in place of what stands there. */
static void redraw(struct ui *u)
{
    clear_line(u);
    for (size_t i = 0; i < u->lines; i++) {
        cr_clean_put(u->block[i], u->to);
        fputc('\n', u->to);
    }
    u->drawn = true;
}

void ui_lines(struct ui *u, char *const *line, size_t n)
{
    bool changed = false;

    if (u->quiet)
        return;
    if (!u->block) {
        u->block = cr_calloc(n, sizeof(*u->block));
        u->lines = n;
    }
    for (size_t i = 0; i < u->lines; i++) {
        if (u->block[i] && strcmp(u->block[i], line[i]) == 0)
            continue;
        changed = true;
        free(u->block[i]);
        u->block[i] = cr_strndup(line[i], u->moving ? (size_t)columns(u) - 1 : strlen(line[i]));
        if (!u->moving) {
            cr_clean_put(line[i], u->to);
            fputc('\n', u->to);
        }
    }
    if (u->moving && (changed || !u->drawn))
        redraw(u);
    fflush(u->to);
}

static void forget_lines(struct ui *u)
{
    clear_line(u);
    for (size_t i = 0; i < u->lines; i++)
        free(u->block[i]);
    free(u->block);
    u->block = NULL;
    u->lines = 0;
}

void ui_done(struct ui *u, const char *fmt, ...)
{
    free(u->step);
    u->step = NULL;
    if (u->block)
        forget_lines(u);
    if (fmt && !u->quiet)
        SAY(u, NULL, "");
    else if (u->line) {
        clear_line(u);
        fflush(u->to);
    }
}

void ui_text(struct ui *u, const char *bytes, size_t n)
{
    if (u->quiet)
        return;
    clear_line(u);
    cr_clean_add(&u->text, bytes, n, u->to);
    fflush(u->to);
}

static void problem(struct ui *u, const struct cr_problem *p)
{
    const char *word = p->warning ? "warning" : "error", *color = p->warning ? "33" : "31";

    clear_line(u);
    cr_clean_put(p->place, u->to);
    fputs(*p->place ? ": " : "", u->to);
    if (u->color)
        fprintf(u->to, "\033[%sm%s:\033[0m ", color, word);
    else
        fprintf(u->to, "%s: ", word);
    cr_clean_put(p->msg, u->to);
    fputc('\n', u->to);
    if (*p->hint)
        ui_hint(u, "%s", p->hint);
    if (*p->source)
        fprintf(u->to, "  rule: %s%s%s\n", p->rule, *p->rule ? ", " : "", p->source);
}

void ui_problems(struct ui *u, const struct cr_problems *list)
{
    for (size_t i = 0; i < list->len; i++)
        problem(u, &list->row[i]);
    fflush(u->to);
}
