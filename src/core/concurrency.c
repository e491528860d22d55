#include "core/concurrency.h"

int64_t cr_concurrency_default(int64_t cpu_milli, int64_t batch)
{
    int64_t n = cpu_milli / 1000 / (batch > 1 ? batch : 1);

    if (n < 1)
        return 1;
    return n < CR_CONCURRENCY_MAX ? n : CR_CONCURRENCY_MAX;
}
