/*
 * The lines of a batch, as predict reads them. However the bytes arrive, in pieces that the first byte chooses: the
 * requests are the lines that are not blank, without their ends, in order and with their numbers; and a line is refused
 * exactly when it is not JSON, with its place.
 */
#include <assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/predict_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECES 32 /* the last one has the rest; the pipe holds 64 packets of a page */

/* Each piece is read alone. */
static int send_pieces(const uint8_t *data, size_t size, size_t piece)
{
    int end[2];

    if (pipe2(end, O_CLOEXEC | O_DIRECT) < 0 || fcntl(end[1], F_SETPIPE_SZ, 1 << 18) < 0)
        abort();
    for (size_t i = 0, n = 0; i < size; i += piece, n++) {
        size_t len = n == PIECES - 1 || size - i < piece ? size - i : piece;

        if (write(end[1], data + i, len) != (ssize_t)len)
            abort();
        if (len > piece)
            break;
    }
    close(end[1]);
    return end[0];
}

/* The next line by the simplest way: *from moves behind it. False at the end. */
static bool next_expected(const char **from, const char *end, size_t *number, const char **line, size_t *len)
{
    while (*from < end) {
        const char *newline = memchr(*from, '\n', (size_t)(end - *from)), *stop = newline ? newline : end;

        *line = *from;
        *from = newline ? newline + 1 : end;
        ++*number;
        while (stop > *line && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
            stop--;
        *len = (size_t)(stop - *line);
        if (*len) {
            const char *nul = memchr(*line, '\0', *len);

            *len = nul ? (size_t)(nul - *line) : *len;
            return true;
        }
    }
    return false;
}

static void check_line(const struct cli_lines *lines, const char *text, size_t len, size_t number)
{
    json_auto_t *json = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    struct cr_error err = {0};
    char place[64];

    if (cli_lines_check(lines, text, len, &err) == 0) {
        assert(json);
        return;
    }
    snprintf(place, sizeof(place), "batch:%zu:", number);
    assert(!json && err.code == CR_E_USAGE && strncmp(err.msg, place, strlen(place)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cli_lines lines = {.own = true, .name = "batch", .rest = CR_STR_INIT(CLI_REQUEST_MAX)};
    const char *from = (const char *)data + 1, *end = (const char *)data + size, *line;
    size_t number = 0, len, got;
    struct cr_error err = {0};
    char *text;
    int rc;

    if (size < 1 || size > 16384)
        return 0;
    lines.fd = send_pieces(data + 1, size - 1, 1 + data[0]);
    while ((rc = cli_lines_next(&lines, &text, &got, &err)) > 0) {
        assert(next_expected(&from, end, &number, &line, &len));
        assert(lines.line == number && got == len && memcmp(text, line, len) == 0);
        check_line(&lines, text, got, number);
        free(text);
    }
    assert(rc == 0 && !next_expected(&from, end, &number, &line, &len));
    cli_lines_close(&lines);
    return 0;
}
