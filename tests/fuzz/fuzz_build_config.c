/* Any bytes: refused with a place, or read into a Build that is valid JSON and has steps; every fault has a place. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/build_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char place[] = "c.yaml";
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_error err = {0};
    json_auto_t *build = NULL;
    char *text;

    if (cr_build_config_parse((const char *)data, size, place, &build, &problems, &err) < 0) {
        assert(err.code == CR_E_CONFIG && *err.msg && !build);
        return 0;
    }
    assert(!err.code && (build != NULL) == (problems.len == 0));
    for (size_t i = 0; i < problems.len; i++)
        assert(strncmp(problems.row[i].place, place, strlen(place)) == 0 && *problems.row[i].msg);
    if (!build)
        return 0;
    assert(json_array_size(json_object_get(build, "steps")) > 0 && !json_object_get(build, "source"));
    text = json_dumps(build, 0);
    assert(text); /* valid UTF-8, finite numbers */
    free(text);
    return 0;
}
