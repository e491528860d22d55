#include "cli/predict_input.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"

static int cannot_read(const char *name, struct cr_error *err)
{
    return cr_interrupt_check(err) < 0 ? -1 : cr_fail(err, CR_E_IO, "cannot read %s: %s", name, strerror(errno));
}

static int read_stdin(char **text, size_t *len, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str all = CR_STR_INIT(CLI_REQUEST_MAX);
    char part[16384];
    ssize_t n;

    while ((n = read(STDIN_FILENO, part, sizeof(part))) > 0)
        if (cr_str_add(&all, part, (size_t)n, err) < 0)
            return cr_wrap(err, "reading standard input");
    if (n < 0)
        return cannot_read("standard input", err);
    *len = all.len;
    *text = cr_str_take(&all);
    return 0;
}

/* A second value behind the first one looks like a batch. */
static bool has_lines(const json_error_t *at)
{
    return json_error_code(at) == json_error_end_of_input_expected && at->line > 1;
}

static int check_request(const char *arg, const char *text, size_t len, struct cr_error *err)
{
    const char *from = *arg == '@' ? arg + 1 : strcmp(arg, "-") == 0 ? "standard input" : NULL;
    json_auto_t *json = NULL;
    json_error_t at;

    if (!text[strspn(text, " \t\r\n")]) {
        cr_fail(err, CR_E_USAGE, "%s%sthe request is empty", from ? from : "", from ? ": " : "");
        return cr_hint(err, "give JSON, @FILE, or - for standard input");
    }
    json = json_loadb(text, len, JSON_DECODE_ANY, &at);
    if (json)
        return 0;
    if (from) {
        cr_fail(err, CR_E_USAGE, "%s:%d:%d: the request is no JSON: %s", from, at.line, at.column, at.text);
        return has_lines(&at) ? cr_hint(err, "with --batch each line is a request of its own")
                              : cr_hint(err, "such as: {\"context\": \"…\", \"question\": \"…\"}");
    }
    cr_fail(err, CR_E_USAGE, "the request is no JSON: line %d, column %d: %s", at.line, at.column, at.text);
    return cr_hint(
        err, "quote it for the shell: crdeploy predict '{\"context\": \"…\", \"question\": \"…\"}', or give @FILE");
}

static int no_file(struct cr_error *err)
{
    cr_fail(err, CR_E_USAGE, "'@' names no file");
    return cr_hint(err, "write the file's name behind it: crdeploy predict @request.json");
}

int cli_request_read(const char *arg, char **text, size_t *len, struct cr_error *err)
{
    if (strcmp(arg, "-") == 0) {
        if (read_stdin(text, len, err) < 0)
            return -1;
    } else if (*arg == '@') {
        if (!arg[1])
            return no_file(err);
        if (cr_file_read(arg + 1, CLI_REQUEST_MAX, text, len, err) < 0) {
            cr_wrap(err, "reading the request");
            return cr_hint(err, "what stands behind @ is a file with the request; JSON itself starts with { or [");
        }
    } else {
        *text = cr_strdup(arg);
        *len = strlen(arg);
    }
    return check_request(arg, *text, *len, err);
}

int cli_lines_open(const char *arg, struct cli_lines *lines, struct cr_error *err)
{
    *lines = (struct cli_lines){.fd = STDIN_FILENO, .name = "standard input", .rest = CR_STR_INIT(CLI_REQUEST_MAX)};
    if (strcmp(arg, "-") == 0)
        return 0;
    if (*arg != '@') {
        cr_fail(err, CR_E_USAGE, "--batch reads lines, and the request is given on the command line");
        return cr_hint(err, "give --file FILE, or - for standard input");
    }
    if (!arg[1])
        return no_file(err);
    lines->name = arg + 1;
    if (cr_file_open(arg + 1, &lines->fd, err) < 0)
        return !*err->hint ? -1
                           : cr_hint(err, "lines from a pipe are read with -: crdeploy predict --batch - <%s", arg + 1);
    lines->own = true;
    return 0;
}

void cli_lines_close(struct cli_lines *lines)
{
    if (lines->own)
        close(lines->fd);
    if (lines->rest.buf)
        cr_str_free(&lines->rest);
}

/* More bytes, behind what was not yet given. */
static int refill(struct cli_lines *lines, struct cr_error *err)
{
    char part[65536];
    ssize_t n = read(lines->fd, part, sizeof(part));

    if (n < 0)
        return cannot_read(lines->name, err);
    if (lines->at) {
        memmove(lines->rest.buf, lines->rest.buf + lines->at, lines->rest.len - lines->at);
        cr_str_cut(&lines->rest, lines->rest.len - lines->at);
        lines->at = 0;
    }
    lines->ended = n == 0;
    if (n && cr_str_add(&lines->rest, part, (size_t)n, err) < 0)
        return cr_wrap(err, "%s:%zu", lines->name, lines->line + 1);
    return 0;
}

/* One line, blank or not, in place; 0 at the end. */
static int one_line(struct cli_lines *lines, char **start, size_t *len, struct cr_error *err)
{
    size_t seen = 0;

    for (;;) {
        char *from = lines->rest.buf + lines->at;
        size_t have = lines->rest.len - lines->at;
        char *newline = have > seen ? memchr(from + seen, '\n', have - seen) : NULL;

        if (newline || (lines->ended && have)) {
            *start = from;
            *len = newline ? (size_t)(newline - from) : have;
            lines->at += *len + (newline ? 1 : 0);
            lines->line++;
            return 1;
        }
        if (lines->ended)
            return 0;
        seen = have;
        if (refill(lines, err) < 0)
            return -1;
    }
}

int cli_lines_next(struct cli_lines *lines, char **text, size_t *len, struct cr_error *err)
{
    char *start;
    int rc;

    while ((rc = one_line(lines, &start, len, err)) > 0) {
        while (*len && strchr(" \t\r", start[*len - 1]) && start[*len - 1])
            --*len;
        if (*len && strspn(start, " \t") < *len) {
            *text = cr_strndup(start, *len);
            *len = strlen(*text); /* a NUL ends it, and is no JSON */
            return 1;
        }
    }
    return rc;
}

int cli_lines_check(const struct cli_lines *lines, const char *text, size_t len, struct cr_error *err)
{
    json_auto_t *json = NULL;
    json_error_t at;

    json = json_loadb(text, len, JSON_DECODE_ANY, &at);
    return json ? 0
                : cr_fail(err, CR_E_USAGE, "%s:%zu:%d: the request is no JSON: %s", lines->name, lines->line, at.column,
                          at.text);
}
