#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "onnx_scan.h"

static const struct {
    const char *what, *bytes;
    size_t size;
    bool subgraphs, random, quantised;
    const char *file;
} rows[] = {
#define ROW(what, text, ...)                      \
    {                                             \
        what, text, sizeof(text) - 1, __VA_ARGS__ \
    }
    ROW("a plain node", "\x3a\x08\x0a\x06\x22\x04Gemm", false, false, false, NULL),
    ROW("an attribute that is a graph", "\x3a\x06\x0a\x04\x2a\x02\x32\x00", true, false, false, NULL),
    ROW("an attribute that is a list of graphs", "\x3a\x06\x0a\x04\x2a\x02\x5a\x00", true, false, false, NULL),
    ROW("a graph in a function of the model", "\xca\x01\x06\x3a\x04\x2a\x02\x32\x00", true, false, false, NULL),
    ROW("random numbers", "\x3a\x12\x0a\x10\x22\x0eRandomUniform\x20", false, false, false, NULL),
    ROW("random numbers", "\x3a\x11\x0a\x0f\x22\x0dRandomUniform", false, true, false, NULL),
    ROW("a quantised graph", "\x3a\x12\x0a\x10\x22\x0eQuantizeLinear", false, false, true, NULL),
    ROW("weights in a file",
        "\x3a\x14\x2a\x12\x6a\x10\x0a\x08location\x12\x04"
        "a/b1",
        false, false, false, "a/b1"),
    ROW("weights in a file, of a node's attribute",
        "\x3a\x18\x0a\x16\x2a\x14\x2a\x12\x6a\x10\x0a\x08location\x12\x04"
        "a/b1",
        false, false, false, "a/b1"),
    ROW("another key of external data",
        "\x3a\x12\x2a\x10\x6a\x0e\x0a\x06offset\x12\x04"
        "4096",
        false, false, false, NULL),
    ROW("a name in a field that is not a node's type", "\x3a\x0e\x0a\x0c\x1a\x0aRandomUni\x20", false, false, false,
        NULL),
};

TEST(what_a_graph_has_is_found)
{
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct onnx_facts facts = {0};
        struct error err = {0};

        if (onnx_scan(rows[i].bytes, rows[i].size, &facts, &err) < 0)
            fail_msg("%s: %s", rows[i].what, err.msg);
        if (facts.subgraphs != rows[i].subgraphs || facts.random != rows[i].random ||
            facts.quantised != rows[i].quantised || facts.n_files != (rows[i].file != NULL))
            fail_msg("%s: subgraphs %d, random %d, quantised %d, %zu files", rows[i].what, facts.subgraphs,
                     facts.random, facts.quantised, facts.n_files);
        if (rows[i].file)
            assert_string_equal(facts.files[0], rows[i].file);
        onnx_facts_free(&facts);
    }
}

TEST(what_is_no_graph_is_refused)
{
    static const struct {
        const char *what, *bytes;
        size_t size;
    } broken[] = {{"nothing", "", 0},
                  {"text", "not a graph", 11},
                  {"a length beyond the end", "\x3a\x7f\x0a", 3},
                  {"a number without an end", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12},
                  {"a group", "\x0b\x0c", 2},
                  {"a file without a name", "\x3a\x10\x2a\x0e\x6a\x0c\x0a\x08location\x12\x00", 18},
                  {"a file's name with a NUL", "\x3a\x12\x2a\x10\x6a\x0e\x0a\x08location\x12\x02\x61\x00", 20}};

    for (size_t i = 0; i < CR_LEN(broken); i++) {
        struct onnx_facts facts = {0};
        struct error err = {0};

        if (onnx_scan(broken[i].bytes, broken[i].size, &facts, &err) == 0)
            fail_msg("%s: taken for a graph", broken[i].what);
        assert_string_equal(err.msg, "this is not an ONNX graph");
    }
}

TEST(the_graphs_with_branches_and_loops_have_subgraphs)
{
    static const struct {
        const char *path;
        bool subgraphs;
    } graphs[] = {{CR_SRCDIR "/tests/data/graphs/branches.onnx", true},
                  {CR_SRCDIR "/tests/data/graphs/repeats.onnx", true},
                  {CR_SRCDIR "/examples/tensor-linear/model.onnx", false}};

    for (size_t i = 0; i < CR_LEN(graphs); i++) {
        struct onnx_facts facts = {0};
        struct error err = {0};

        assert_ok(onnx_scan_file(graphs[i].path, &facts, &err), &err);
        assert_int_equal(facts.subgraphs, graphs[i].subgraphs);
        onnx_facts_free(&facts);
    }
}

TEST(a_file_that_cannot_be_read_is_named)
{
    struct onnx_facts facts = {0};
    struct error err = {0};

    assert_int_equal(onnx_scan_file("/nothing/here.onnx", &facts, &err), -1);
    assert_non_null(strstr(err.msg, "'/nothing/here.onnx'"));
}

TEST_MAIN(cmocka_unit_test(what_a_graph_has_is_found), cmocka_unit_test(what_is_no_graph_is_refused),
          cmocka_unit_test(the_graphs_with_branches_and_loops_have_subgraphs),
          cmocka_unit_test(a_file_that_cannot_be_read_is_named))
