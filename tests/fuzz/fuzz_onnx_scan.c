/*
 * What is scanned names files that are not empty, each once; a second look finds the same; what is no message is
 * refused.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "onnx_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_files(const struct onnx_facts *facts)
{
    for (size_t i = 0; i < facts->n_files; i++) {
        assert(*facts->files[i]);
        for (size_t k = 0; k < i; k++)
            assert(strcmp(facts->files[i], facts->files[k]) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct onnx_facts facts = {0}, again = {0};
    struct error err = {0};

    if (onnx_scan(data, size, &facts, &err) < 0) {
        assert(*err.msg && !facts.files && !facts.n_files);
        return 0;
    }
    check_files(&facts);
    assert(onnx_scan(data, size, &again, &err) == 0);
    assert(again.n_files == facts.n_files && again.subgraphs == facts.subgraphs && again.random == facts.random &&
           again.quantised == facts.quantised);
    onnx_facts_free(&facts);
    onnx_facts_free(&again);
    return 0;
}
