/*
 * fuzz_local_request.c - what a client may send to the local platform: targets, Content-Range, Range, masks, filters,
 * bodies.
 *
 * Properties: what is decoded and encoded again decodes to the same; a chunk's numbers are in order; a range lies
 * inside its thing; a body that passes its schema is one that every check of Cloud Run can walk, and its defaults are a
 * fixed point. The input's first line is a target, the second a Content-Range, the third an update mask, the rest a
 * body.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/build_filter.h"
#include "local/log_filter.h"
#include "local/message.h"
#include "local/range.h"
#include "local/route.h"
#include "local/run_spec.h"
#include "local/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_target(const char *text)
{
    struct local_request rq;
    CR_AUTO_FREE char *decoded = local_decode(text, strlen(text), false), *coded = NULL, *again = NULL;

    if (decoded) {
        coded = local_encode(decoded);
        again = local_decode(coded, strlen(coded), false);
        assert(again && strcmp(again, decoded) == 0);
    }
    local_request_init(&rq, "GET", text);
    (void)local_route(local_rows, local_row_count, &rq);
    local_request_clear(&rq);
}

static void try_ranges(const char *text)
{
    struct local_chunk c;
    int64_t from, size;

    if (local_chunk_parse(text, &c)) {
        assert((c.first < 0) == (c.last < 0));
        assert(c.first <= c.last && (c.total < 0 || c.last < c.total));
    }
    if (local_range_parse(text, 1000, &from, &size) == LOCAL_RANGE_PART)
        assert(from >= 0 && size > 0 && from + size <= 1000);
}

static void try_service(json_t *body, const char *mask)
{
    json_t *violations = json_array(), *again, *blank = json_object(), *merged;
    const char *bad = NULL;

    local_service_check("svc", body, violations);
    merged = local_service_merge(blank, body, mask, &bad);
    assert((merged == NULL) == (bad != NULL));
    if (json_array_size(violations) == 0) {
        local_service_defaults(body);
        again = json_deep_copy(body);
        local_service_defaults(again);
        assert(json_equal(again, body));
        json_decref(again);
    }
    json_decref(merged);
    json_decref(blank);
    json_decref(violations);
}

static void try_body(const char *text, const char *mask)
{
    json_t *body = json_loads(text, 0, NULL);
    struct local_reply rp;
    struct local_log_filter filter;
    struct cr_error err = {0};

    local_reply_init(&rp);
    if (json_is_object(body) && local_schema_check("Service", "service", body, &rp))
        try_service(body, mask);
    local_reply_clear(&rp);
    if (json_is_object(body))
        (void)local_schema_check("Build", "build", body, &rp);
    local_reply_clear(&rp);
    json_decref(body);
    (void)!local_log_filter_read(mask, &filter, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CR_AUTO_FREE char *copy = cr_strndup((const char *)data, size);
    char *rest = copy, *line[3];

    for (int i = 0; i < 3; i++) {
        line[i] = strsep(&rest, "\n");
        if (!line[i])
            line[i] = rest = copy + strlen(copy);
        if (!rest)
            rest = line[i] + strlen(line[i]);
    }
    try_target(line[0]);
    try_ranges(line[1]);
    try_body(rest, line[2]);
    return 0;
}
