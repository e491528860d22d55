/*
 * A graph that is read has sizes that are not negative and links that stand inside its lists; a field that nobody
 * knows changes nothing; what is no graph is refused with a hint.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "core/onnx_shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lists(const struct cr_onnx *g)
{
    for (size_t i = 0; i < g->nodes; i++) {
        assert((size_t)g->node[i].in + g->node[i].n_in <= g->links);
        assert((size_t)g->node[i].out + g->node[i].n_out <= g->links);
    }
    for (size_t i = 0; i < g->links; i++)
        assert(g->link[i] < g->values);
}

static int64_t peak_of(const uint8_t *data, size_t size, int64_t *weights)
{
    const struct cr_onnx_free_dims dims = {.batch = 1, .length = 384};
    CR_AUTO_ONNX struct cr_onnx *g = NULL;
    struct cr_error err = {0};
    size_t guessed;
    int64_t peak;

    if (cr_onnx_parse(data, size, "fuzz", &g, &err) < 0) {
        assert(err.code == CR_E_CONFIG && *err.msg && *err.hint && !g);
        return -1;
    }
    check_lists(g);
    assert(g->weights >= 0 && cr_onnx_batch(g) >= 0);
    peak = cr_onnx_peak(g, dims, &guessed);
    assert(peak >= 0);
    *weights = g->weights;
    return peak;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t unknown[] = {0xb8, 0x06, 0x01}; /* field 103, a varint */
    uint8_t *more = cr_malloc(size + sizeof(unknown));
    int64_t weights = 0, again = 0, peak = peak_of(data, size, &weights);

    if (size)
        memcpy(more, data, size);
    memcpy(more + size, unknown, sizeof(unknown));
    if (peak >= 0)
        assert(peak_of(more, size + sizeof(unknown), &again) == peak && again == weights);
    free(more);
    return 0;
}
