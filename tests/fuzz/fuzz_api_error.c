/*
 * fuzz_api_error.c - whatever a service or a proxy answers, the error made of it can be shown.
 *
 * Input: a byte that picks the status, then the body. Holds: it always fails, with a code that fits the status, in
 * valid UTF-8 of one line without control characters, which starts with what was tried; and so does the hint.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gcp/api_error.h"

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

static void check(const struct cr_error *err, enum cr_code code)
{
    static const char head[] = "cannot do the thing: ";

    if (err->code != code || strncmp(err->msg, head, strlen(head)) != 0)
        abort();
    check_text(err->msg);
    check_text(err->hint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        int status;
        enum cr_code code;
    } rows[] = {{400, CR_E_API}, {401, CR_E_AUTH}, {403, CR_E_AUTH}, {404, CR_E_API},
                {409, CR_E_API}, {429, CR_E_NET},  {500, CR_E_NET},  {503, CR_E_NET}};
    struct cr_error err = {0};
    const char *body;
    json_t *doc;

    if (!size)
        return 0;
    body = (const char *)data + 1;
    if (gcp_api_error(rows[*data % 8].status, body, size - 1, "do the thing", &err) != -1)
        abort();
    check(&err, rows[*data % 8].code);
    doc = json_loadb(body, size - 1, 0, NULL);
    if (doc) {
        json_int_t code = json_integer_value(json_object_get(doc, "code"));

        if (gcp_api_error_status(doc, "do the thing", &err) != -1)
            abort();
        check(&err, code == 7 || code == 16 ? CR_E_AUTH : CR_E_BUILD);
        json_decref(doc);
    }
    return 0;
}
