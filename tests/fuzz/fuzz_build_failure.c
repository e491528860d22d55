/*
 * fuzz_build_failure.c - whatever a build and its log say, its failure can be shown.
 *
 * Input: a Build as a line of JSON, then its log. Holds: explaining always fails as CR_E_BUILD, message and hint are
 * valid UTF-8 of one line without control characters; the last lines are no more than were asked for, each of them
 * stands in the log, and none is empty.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/build_failure.h"

enum { LINES = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    json_t *as_json = json_string(text); /* NULL for anything that is no UTF-8 */

    if (!as_json)
        abort();
    json_decref(as_json);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 32 || *p == 127)
            abort();
}

static void check_lines(char *lines, const char *log)
{
    char *rest = lines, *line;
    int count = 0;

    if (*lines && lines[strlen(lines) - 1] != '\n')
        abort();
    while ((line = strsep(&rest, "\n")) && rest)
        if (!*line || ++count > LINES || !strstr(log, line))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CR_AUTO_FREE char *text = cr_strndup((const char *)data, size), *lines = NULL;
    char *log = strchr(text, '\n');
    json_auto_t *build = NULL;
    struct cr_error err = {0};

    if (!log)
        return 0;
    *log++ = '\0';
    build = json_loads(text, 0, NULL);
    if (!json_is_object(build))
        return 0;
    if (gcp_build_explain(build, log, &err) != -1 || err.code != CR_E_BUILD || !*err.msg)
        abort();
    check_text(err.msg);
    check_text(err.hint);
    lines = gcp_build_last_lines(build, log, LINES);
    check_lines(lines, log);
    return 0;
}
