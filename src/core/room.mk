# core: pure. Files in, structs and JSON out; no network, no clock, no printing.
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
    src/core/body.c src/core/body.h \
    src/core/check.c src/core/check.h src/core/check_files.c src/core/check_parts.h src/core/check_samples.c \
    src/core/jsonschema.c src/core/jsonschema.h \
    src/core/context.c src/core/context.h src/core/context_dir.c src/core/context_pack.c \
    src/core/context_read.c src/core/context_read.h \
    src/core/glob.c src/core/glob.h \
    src/core/hash_cache.c src/core/hash_cache.h \
    src/core/ignore.c src/core/ignore.h src/core/ignore_match.c src/core/ignore_rule.h \
    src/core/lock.c src/core/lock.h \
    src/core/render.c src/core/render.h src/core/render_model.c src/core/render_model.h \
    src/core/render_tree.c src/core/render_tree.h \
    src/core/template.c src/core/template.h src/core/template_parse.c src/core/template_parse.h \
    src/core/key.c src/core/key.h \
    src/core/limits.c src/core/limits.h src/core/limits_rows.c \
    src/core/manifest.c src/core/manifest.h \
    src/core/plan.c src/core/plan.h \
    src/core/quantity.c src/core/quantity.h \
    src/core/sample.c src/core/sample.h \
    src/core/scaffold.c src/core/scaffold.h \
    src/core/yaml.c src/core/yaml_json.c src/core/yaml.h

# Unit tests of this room.
LINK_CORE = $(CORE) $(CMOCKA_LIBS)

UNIT += tests/unit/test_body tests/unit/test_sample
tests_unit_test_body_SOURCES = tests/unit/test_body.c tests/lib/test.h
tests_unit_test_body_LDADD = $(LINK_CORE)
tests_unit_test_sample_SOURCES = tests/unit/test_sample.c tests/lib/test.h
tests_unit_test_sample_LDADD = $(LINK_CORE)
EXTRA_DIST += tests/data/golden/build.json tests/data/golden/service-new.json tests/data/golden/service-patch.json

golden: tests/unit/test_body
	GOLDEN=1 srcdir=$(srcdir) tests/unit/test_body
.PHONY: golden

UNIT += tests/unit/test_ignore tests/unit/test_template
tests_unit_test_ignore_SOURCES = tests/unit/test_ignore.c tests/lib/test.h
tests_unit_test_ignore_LDADD = $(LINK_CORE)
tests_unit_test_template_SOURCES = tests/unit/test_template.c tests/lib/test.h
tests_unit_test_template_LDADD = $(LINK_CORE)

UNIT += tests/unit/test_context tests/unit/test_lock
tests_unit_test_context_SOURCES = tests/unit/test_context.c tests/lib/test.h
tests_unit_test_context_LDADD = $(LINK_CORE)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c tests/lib/test.h
tests_unit_test_lock_LDADD = $(LINK_CORE)
UNIT += tests/unit/test_render
tests_unit_test_render_SOURCES = tests/unit/test_render.c tests/lib/test.h
tests_unit_test_render_LDADD = $(LINK_CORE)

REPLAY += tests/fuzz/replay_ignore tests/fuzz/replay_template
tests_fuzz_replay_ignore_SOURCES = tests/fuzz/fuzz_ignore.c tests/fuzz/replay.c
tests_fuzz_replay_ignore_LDADD = $(CORE)
tests_fuzz_replay_template_SOURCES = tests/fuzz/fuzz_template.c tests/fuzz/replay.c
tests_fuzz_replay_template_LDADD = $(CORE)
EXTRA_DIST += \
    tests/fuzz/corpus/ignore/bad-class tests/fuzz/corpus/ignore/class tests/fuzz/corpus/ignore/crlf \
    tests/fuzz/corpus/ignore/dir tests/fuzz/corpus/ignore/docker-clean tests/fuzz/corpus/ignore/include \
    tests/fuzz/corpus/ignore/many-stars tests/fuzz/corpus/ignore/negated-all tests/fuzz/corpus/ignore/plain \
    tests/fuzz/corpus/ignore/spaces tests/fuzz/corpus/ignore/stars tests/fuzz/corpus/ignore/utf8 \
    tests/fuzz/corpus/template/c tests/fuzz/corpus/template/crlf tests/fuzz/corpus/template/deep \
    tests/fuzz/corpus/template/delimiters tests/fuzz/corpus/template/dockerfile tests/fuzz/corpus/template/names \
    tests/fuzz/corpus/template/partial tests/fuzz/corpus/template/recursion tests/fuzz/corpus/template/sections \
    tests/fuzz/corpus/template/set-broken tests/fuzz/corpus/template/unclosed tests/fuzz/corpus/template/utf8
