#include "core/front.h"

json_t *cr_front(const json_t *containers)
{
    size_t n = json_array_size(containers);

    if (n == 1)
        return json_array_get(containers, 0);
    for (size_t i = 0; i < n; i++)
        if (json_array_size(json_object_get(json_array_get(containers, i), "ports")))
            return json_array_get(containers, i);
    return NULL;
}

json_t *cr_front_or_first(const json_t *containers)
{
    json_t *container = cr_front(containers);

    return container ? container : json_array_get(containers, 0);
}
