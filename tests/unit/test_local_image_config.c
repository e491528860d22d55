#include "lib/test.h"

#include <jansson.h>
#include <string.h>

#include "base/auto.h"
#include "local/image_config.h"

static char *dump(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
}

TEST(labels_of_a_dockerfile)
{
    static const struct {
        const char *text, *labels;
    } rows[] = {
        {"FROM scratch\n", "{}"},
        {"FROM scratch\nLABEL a=b\n", "{\"a\":\"b\"}"},
        {"FROM scratch\nlabel a=b c=\"d e\" f='g \\\" h'\n", "{\"a\":\"b\",\"c\":\"d e\",\"f\":\"g \\\\\\\" h\"}"},
        {"FROM scratch\nLABEL a=b \\\n  c=d\\ e\n", "{\"a\":\"b\",\"c\":\"d e\"}"},
        {"FROM scratch\nLABEL \"a.b/c\"=\"d=e\"\n  LABEL x=\n", "{\"a.b/c\":\"d=e\",\"x\":\"\"}"},
        {"FROM x AS a\nLABEL a=b\nFROM scratch\nLABEL c=d\nLABEL c=e\n", "{\"c\":\"e\"}"},
        {"FROM scratch\nRUN LABEL a=b\n# LABEL a=b\nLABELS a=b\nLABEL a=\"b\n", "{\"a\":\"b\"}"},
        {"", "{}"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *config = local_image_config_dockerfile(rows[i].text);
        CR_AUTO_FREE char *got = dump(json_object_get(json_object_get(config, "config"), "Labels"));

        assert_string_equal(got, rows[i].labels);
    }
}

TEST(what_an_engine_prints_becomes_what_a_registry_keeps)
{
    json_auto_t *config = local_image_config_inspected(
        "{\"Id\":\"1\",\"Created\":\"2026-01-02T03:04:05Z\",\"Architecture\":\"amd64\",\"Os\":\"linux\",\"Config\":"
        "{\"Labels\":{\"a\":\"b\"},\"User\":\"1\"},\"RootFS\":{\"Type\":\"layers\",\"Layers\":[\"sha256:1\"]},"
        "\"History\":null}");
    CR_AUTO_FREE char *got = dump(config);

    assert_string_equal(got, "{\"architecture\":\"amd64\",\"config\":{\"Labels\":{\"a\":\"b\"},\"User\":\"1\"},"
                             "\"created\":\"2026-01-02T03:04:05Z\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":"
                             "[\"sha256:1\"],\"type\":\"layers\"}}");
    assert_null(local_image_config_inspected("no JSON"));
    assert_null(local_image_config_inspected("[]"));
}

TEST_MAIN(cmocka_unit_test(labels_of_a_dockerfile),
          cmocka_unit_test(what_an_engine_prints_becomes_what_a_registry_keeps))
