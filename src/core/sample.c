#include "core/sample.h"

#include <math.h>

static bool same(const json_t *want, const json_t *got, double tolerance)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_number(want) && json_is_number(got))
        return fabs(json_number_value(want) - json_number_value(got)) <= tolerance;
    if (json_typeof(want) != json_typeof(got))
        return false;
    if (json_is_object(want)) {
        json_object_foreach((json_t *)want, key, value)
        {
            const json_t *other = json_object_get(got, key);

            if (!other || !same(value, other, tolerance))
                return false;
        }
        return true;
    }
    if (!json_is_array(want))
        return json_equal(want, got);
    if (json_array_size(want) != json_array_size(got))
        return false;
    json_array_foreach((json_t *)want, i, value) if (!same(value, json_array_get(got, i), tolerance)) return false;
    return true;
}

bool cr_sample_matches(const struct cr_sample *sample, const json_t *answer)
{
    return !sample->response || (answer && same(sample->response, answer, sample->tolerance));
}
