/* Any bytes: refused with a place, or read into a manifest of which every fault has a place and every value a line. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_values(const struct cr_manifest *m)
{
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        if (m->text[key] || m->map[key])
            assert(m->line[key] > 0 && m->column[key] > 0);
        assert(!m->text[key] || cr_keys[key].type != CR_T_MAP);
    }
    for (size_t i = 0; i < m->samples; i++) {
        char *text = m->sample[i].request ? json_dumps(m->sample[i].request, JSON_ENCODE_ANY) : NULL;

        assert(!m->sample[i].request || text); /* valid UTF-8, finite numbers */
        free(text);
        assert(m->sample[i].tolerance >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char place[] = "m.yaml:";
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    struct cr_error err = {0};

    if (cr_manifest_parse((const char *)data, size, "m.yaml", ".", &m, &problems, &err) < 0) {
        assert(err.code == CR_E_CONFIG && strncmp(err.msg, place, strlen(place)) == 0);
        assert(!m.path && !m.samples); /* untouched */
        return 0;
    }
    for (size_t i = 0; i < problems.len; i++)
        assert(strncmp(problems.row[i].place, place, strlen(place)) == 0);
    check_values(&m);
    assert(cr_plan_make(&m, layers, &plan, &problems, &err) == 0);
    assert(cr_check(&plan, CR_PROFILE_CURRENT, false, false, &problems, &err) == 0);
    return 0;
}
