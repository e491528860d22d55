/*
 * fuzz_verdict.c - whatever a revision and its log say, there is a verdict that can be shown.
 *
 * Input: a Revision as a line of JSON, then a line of JSON with the array of its log's entries; where a line is none it
 * is left out, and the rest is taken for a message. Holds: the cause has a name; message and hint are not empty, valid
 * UTF-8 of one line without control characters; so is each entry as a line, but for tabs and newlines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/log_entry.h"
#include "core/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, const char *controls)
{
    json_t *as_json = json_string(text); /* NULL for anything that is no UTF-8 */

    if (!as_json)
        abort();
    json_decref(as_json);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < 32 || *p == 127) && !strchr(controls, *p))
            abort();
}

/* The next line as JSON of that kind; NULL, and nothing is taken, where it is something else. */
static json_t *take_line(char **rest, json_type type)
{
    size_t n = strcspn(*rest, "\n");
    json_t *doc = json_loadb(*rest, n, 0, NULL);

    if (doc && json_typeof(doc) == type) {
        *rest += n + ((*rest)[n] == '\n');
        return doc;
    }
    json_decref(doc);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CR_AUTO_FREE char *text = cr_strndup((const char *)data, size);
    char *rest = text;
    json_auto_t *revision = take_line(&rest, JSON_OBJECT), *entries = take_line(&rest, JSON_ARRAY);
    const struct cr_evidence e = {revision, rest, entries};
    struct cr_verdict v;
    json_t *entry;
    size_t i;

    cr_verdict_find(&e, &v);
    (void)cr_verdict_complete(&e);
    if (!*v.message || !*v.hint || !*cr_cause_name(v.cause))
        abort();
    check_text(v.message, "");
    check_text(v.hint, "");
    json_array_foreach(entries, i, entry)
    {
        CR_AUTO_FREE char *line = cr_log_entry_line(entry, false);

        check_text(line, "\t\n");
    }
    return 0;
}
