# core: pure. Files in, structs and JSON out; no network, no clock, no printing.
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
    src/core/body.c src/core/body.h \
    src/core/key.c src/core/key.h \
    src/core/manifest.c src/core/manifest.h \
    src/core/plan.c src/core/plan.h \
    src/core/quantity.c src/core/quantity.h \
    src/core/sample.c src/core/sample.h \
    src/core/yaml.c src/core/yaml_json.c src/core/yaml.h

# Unit tests of this room.
LINK_CORE = $(CORE) $(CMOCKA_LIBS)
