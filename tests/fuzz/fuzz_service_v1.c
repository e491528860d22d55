/* Any JSON as a document of either form: refused with words, or mapped; what was mapped once stays as it is on every
 * further way there and back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/service_v1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cr_v1_where where = {"p", "r"};

typedef json_t *read_fn(const json_t *v1, const struct cr_v1_where *where, struct cr_error *err);

static json_t *revision_to_v1(const json_t *v2)
{
    return cr_revision_to_v1(v2, NULL);
}

static void there_and_back(const json_t *given, read_fn *read, json_t *(*write)(const json_t *v2))
{
    struct cr_error err = {0}, none = {0};
    json_auto_t *v2 = read(given, &where, &err), *v1 = NULL, *again = NULL, *last = NULL;
    char *text;

    if (!v2) {
        assert(err.code == CR_E_USAGE && *err.msg);
        return;
    }
    v1 = write(v2);
    again = read(v1, &where, &none);
    assert(again);
    last = write(again);
    assert(json_equal(v1, last));
    text = json_dumps(v1, 0);
    assert(text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_auto_t *given = json_loadb((const char *)data, size, 0, NULL), *v1 = NULL, *r1 = NULL;

    if (!json_is_object(given))
        return 0;
    if (cr_is_v1(given)) {
        there_and_back(given, cr_service_from_v1, cr_service_to_v1);
        there_and_back(given, cr_revision_from_v1, revision_to_v1);
        return 0;
    }
    v1 = cr_service_to_v1(given);
    r1 = cr_revision_to_v1(given, "d");
    assert(v1 && r1);
    return 0;
}
