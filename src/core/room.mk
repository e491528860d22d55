# core: pure. Files in, structs and JSON out; no network, no clock, no printing.
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
    src/core/archive_list.c src/core/archive_list.h \
    src/core/body.c src/core/body.h src/core/body_build.c src/core/body_build.h \
    src/core/build_config.c src/core/build_config.h src/core/build_fields.c src/core/build_fields.h \
    src/core/canary.c src/core/canary.h \
    src/core/check.c src/core/check.h src/core/check_build.c src/core/check_files.c src/core/check_memory.c \
    src/core/check_parts.h src/core/check_samples.c \
    src/core/concurrency.c src/core/concurrency.h \
    src/core/jsonschema.c src/core/jsonschema.h \
    src/core/context.c src/core/context.h src/core/context_dir.c src/core/context_hash.c src/core/context_pack.c \
    src/core/context_read.c src/core/context_read.h \
    src/core/diff.c src/core/diff.h \
    src/core/flag.c src/core/flag.h src/core/edit.h \
    src/core/edit.c src/core/edit_check.c src/core/edit_container.c src/core/edit_env.c src/core/edit_field.c \
    src/core/edit_list.c src/core/edit_network.c src/core/edit_parts.h src/core/edit_plan.c src/core/edit_plan.h src/core/edit_probe.c src/core/edit_revision.c \
    src/core/edit_secret.c src/core/edit_secret_files.c src/core/edit_service.c src/core/edit_text.c \
    src/core/edit_time.c src/core/edit_time.h src/core/edit_volume.c \
    src/core/forecast.c src/core/forecast.h \
    src/core/front.c src/core/front.h \
    src/core/glob.c src/core/glob.h \
    src/core/hash_cache.c src/core/hash_cache.h \
    src/core/ignore.c src/core/ignore.h src/core/ignore_match.c src/core/ignore_rule.h \
    src/core/label.c src/core/label.h src/core/lock.c src/core/lock.h \
    src/core/pack_block.c src/core/pack_block.h src/core/pack_pool.c src/core/pack_pool.h \
    src/core/render.c src/core/render.h src/core/render_model.c src/core/render_model.h \
    src/core/render_tree.c src/core/render_tree.h \
    src/core/template.c src/core/template.h src/core/template_parse.c src/core/template_parse.h \
    src/core/key.c src/core/key.h \
    src/core/limits.c src/core/limits.h src/core/limits_facts.c src/core/limits_fields.c src/core/limits_rows.c \
    src/core/limits_words.c src/core/limits_hint.c src/core/limits_parts.h src/core/limits_text.c \
    src/core/limits_read.h src/core/limits_service.c src/core/limits_service.h src/core/limits_service_text.c \
    src/core/limits_shape.c src/core/limits_solve.c src/core/limits_solve.h src/core/traffic.c src/core/traffic.h \
    src/core/manifest.c src/core/manifest.h \
    src/core/onnx.c src/core/onnx.h src/core/onnx_ask.c src/core/onnx_infer.c src/core/onnx_infer.h \
    src/core/onnx_move.c src/core/onnx_names.c src/core/onnx_names.h \
    src/core/onnx_peak.c src/core/onnx_shape.c src/core/onnx_shape.h src/core/onnx_wire.c src/core/onnx_wire.h \
    src/core/plan.c src/core/plan.h \
    src/core/quantity.c src/core/quantity.h \
    src/core/rollback.c src/core/rollback.h src/core/rollout.c src/core/rollout.h \
    src/core/sample.c src/core/sample.h \
    src/core/scaffold.c src/core/scaffold.h \
    src/core/secret.c src/core/secret.h src/core/service_v1.c src/core/service_v1.h src/core/service_v1_container.c src/core/service_v1_parts.h \
    src/core/service_v1_row.c src/core/service_v1_status.c src/core/service_v1_template.c src/core/service_v1_volume.c \
    src/core/source.c src/core/source.h \
    src/core/yaml.c src/core/yaml_json.c src/core/yaml.h \
    src/core/log_entry.c src/core/log_entry.h src/core/log_query.c src/core/log_query.h \
    src/core/verdict.c src/core/verdict.h src/core/verdict_judge.h src/core/verdict_ended.c src/core/verdict_listen.c \
    src/core/verdict_log.c src/core/verdict_log.h src/core/verdict_refused.c \
    src/core/verdict_settings.c src/core/verdict_settings.h src/core/verdict_unreached.c

# Unit tests of this room.
EDIT_ROWS = tests/lib/edit_rows.c tests/lib/edit_rows.h tests/lib/test.h
LINK_CORE = $(CORE) $(CMOCKA_LIBS)

UNIT += tests/unit/test_rollback
tests_unit_test_rollback_SOURCES = tests/unit/test_rollback.c tests/lib/test.h
tests_unit_test_rollback_LDADD = $(LINK_CORE)
UNIT += tests/unit/test_canary tests/unit/test_diff tests/unit/test_front
tests_unit_test_front_SOURCES = tests/unit/test_front.c tests/lib/test.h
tests_unit_test_front_LDADD = $(LINK_CORE)
tests_unit_test_canary_SOURCES = tests/unit/test_canary.c tests/lib/test.h
tests_unit_test_canary_LDADD = $(LINK_CORE)
tests_unit_test_diff_SOURCES = tests/unit/test_diff.c tests/lib/test.h
tests_unit_test_diff_LDADD = $(LINK_CORE)
UNIT += tests/unit/test_quantity tests/unit/test_manifest tests/unit/test_plan \
    tests/unit/test_concurrency tests/unit/test_limits tests/unit/test_limits_service tests/unit/test_limits_solve tests/unit/test_traffic tests/unit/test_check tests/unit/test_scaffold tests/unit/test_service_v1
tests_unit_test_service_v1_SOURCES = tests/unit/test_service_v1.c tests/lib/test.h tests/lib/v1_form.c tests/lib/v1_form.h
tests_unit_test_service_v1_LDADD = $(LINK_CORE)
tests_unit_test_quantity_SOURCES = tests/unit/test_quantity.c tests/lib/test.h
tests_unit_test_quantity_LDADD = $(LINK_CORE)
tests_unit_test_manifest_SOURCES = tests/unit/test_manifest.c tests/lib/test.h
tests_unit_test_manifest_LDADD = $(LINK_CORE)
tests_unit_test_plan_SOURCES = tests/unit/test_plan.c tests/lib/test.h
tests_unit_test_plan_LDADD = $(LINK_CORE)
tests_unit_test_concurrency_SOURCES = tests/unit/test_concurrency.c tests/lib/test.h
tests_unit_test_concurrency_LDADD = $(LINK_CORE)
tests_unit_test_limits_SOURCES = tests/unit/test_limits.c tests/lib/test.h
tests_unit_test_limits_LDADD = $(LINK_CORE)
tests_unit_test_limits_service_SOURCES = tests/unit/test_limits_service.c tests/lib/test.h tests/lib/tuples.c tests/lib/tuples.h
tests_unit_test_limits_service_LDADD = $(LINK_CORE)
EXTRA_DIST += tests/data/limits/tuples.tsv
tests_unit_test_traffic_SOURCES = tests/unit/test_traffic.c tests/lib/test.h
tests_unit_test_traffic_LDADD = $(LINK_CORE)
tests_unit_test_limits_solve_SOURCES = tests/unit/test_limits_solve.c tests/lib/test.h
tests_unit_test_limits_solve_LDADD = $(LINK_CORE)
tests_unit_test_check_SOURCES = tests/unit/test_check.c tests/lib/test.h
tests_unit_test_check_LDADD = $(LINK_CORE)
tests_unit_test_scaffold_SOURCES = tests/unit/test_scaffold.c tests/lib/test.h
tests_unit_test_scaffold_LDADD = $(LINK_CORE)
UNIT += tests/unit/test_edit tests/unit/test_edit_plan tests/unit/test_edit_text
tests_unit_test_edit_SOURCES = tests/unit/test_edit.c $(EDIT_ROWS)
tests_unit_test_edit_LDADD = $(LINK_CORE)
tests_unit_test_edit_plan_SOURCES = tests/unit/test_edit_plan.c tests/lib/test.h
tests_unit_test_edit_plan_LDADD = $(LINK_CORE)
tests_unit_test_edit_text_SOURCES = tests/unit/test_edit_text.c tests/lib/test.h
tests_unit_test_edit_text_LDADD = $(LINK_CORE)
REPLAY += tests/fuzz/replay_edit
tests_fuzz_replay_edit_SOURCES = tests/fuzz/fuzz_edit.c tests/fuzz/replay.c
tests_fuzz_replay_edit_LDADD = $(CORE)
EXTRA_DIST += \
    tests/fuzz/corpus/edit/carets tests/fuzz/corpus/edit/commas tests/fuzz/corpus/edit/dict \
    tests/fuzz/corpus/edit/empty tests/fuzz/corpus/edit/not-utf8 tests/fuzz/corpus/edit/overlap
UNIT += tests/unit/test_verdict tests/unit/test_verdict_listen tests/unit/test_log_entry tests/unit/test_log_query
tests_unit_test_log_entry_SOURCES = tests/unit/test_log_entry.c tests/lib/test.h
tests_unit_test_log_entry_LDADD = $(LINK_CORE)
tests_unit_test_log_query_SOURCES = tests/unit/test_log_query.c tests/lib/test.h
tests_unit_test_log_query_LDADD = $(LINK_CORE)
REPLAY += tests/fuzz/replay_verdict
tests_fuzz_replay_verdict_SOURCES = tests/fuzz/fuzz_verdict.c tests/fuzz/replay.c
tests_fuzz_replay_verdict_LDADD = $(CORE)
EXTRA_DIST += \
    tests/fuzz/corpus/verdict/crash tests/fuzz/corpus/verdict/exec tests/fuzz/corpus/verdict/image \
    tests/fuzz/corpus/verdict/listen tests/fuzz/corpus/verdict/memory tests/fuzz/corpus/verdict/odd \
    tests/fuzz/corpus/verdict/request tests/fuzz/corpus/verdict/secret
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c tests/lib/test.h
tests_unit_test_verdict_LDADD = $(LINK_CORE)
tests_unit_test_verdict_listen_SOURCES = tests/unit/test_verdict_listen.c tests/lib/test.h
tests_unit_test_verdict_listen_LDADD = $(LINK_CORE)
REPLAY += tests/fuzz/replay_limits_service
tests_fuzz_replay_limits_service_SOURCES = tests/fuzz/fuzz_limits_service.c tests/fuzz/replay.c
tests_fuzz_replay_limits_service_LDADD = $(CORE)
EXTRA_DIST += tests/fuzz/corpus/limits_service/empty tests/fuzz/corpus/limits_service/gpu \
    tests/fuzz/corpus/limits_service/numbers tests/fuzz/corpus/limits_service/sums \
    tests/fuzz/corpus/limits_service/texts tests/fuzz/corpus/limits_service/types
REPLAY += tests/fuzz/replay_service_v1
tests_fuzz_replay_service_v1_SOURCES = tests/fuzz/fuzz_service_v1.c tests/fuzz/replay.c
tests_fuzz_replay_service_v1_LDADD = $(CORE)
EXTRA_DIST += tests/fuzz/corpus/service_v1/aliases tests/fuzz/corpus/service_v1/bad tests/fuzz/corpus/service_v1/empty \
    tests/fuzz/corpus/service_v1/multi tests/fuzz/corpus/service_v1/revision tests/fuzz/corpus/service_v1/rich \
    tests/fuzz/corpus/service_v1/types tests/fuzz/corpus/service_v1/v2 tests/fuzz/corpus/service_v1/vpc
REPLAY += tests/fuzz/replay_build_config tests/fuzz/replay_manifest tests/fuzz/replay_quantity
tests_fuzz_replay_build_config_SOURCES = tests/fuzz/fuzz_build_config.c tests/fuzz/replay.c
tests_fuzz_replay_build_config_LDADD = $(CORE)
tests_fuzz_replay_manifest_SOURCES = tests/fuzz/fuzz_manifest.c tests/fuzz/replay.c
tests_fuzz_replay_manifest_LDADD = $(CORE)
tests_fuzz_replay_quantity_SOURCES = tests/fuzz/fuzz_quantity.c tests/fuzz/replay.c
tests_fuzz_replay_quantity_LDADD = $(CORE)
EXTRA_DIST += \
    tests/fuzz/corpus/build_config/empty \
    tests/fuzz/corpus/build_config/faults \
    tests/fuzz/corpus/build_config/json \
    tests/fuzz/corpus/build_config/loop \
    tests/fuzz/corpus/build_config/plain \
    tests/fuzz/corpus/build_config/source \
    tests/fuzz/corpus/build_config/values \
    tests/fuzz/corpus/manifest/bomb \
    tests/fuzz/corpus/manifest/empty \
    tests/fuzz/corpus/manifest/loop \
    tests/fuzz/corpus/manifest/many-faults \
    tests/fuzz/corpus/manifest/not-utf8 \
    tests/fuzz/corpus/manifest/numbers \
    tests/fuzz/corpus/manifest/odd \
    tests/fuzz/corpus/manifest/plain \
    tests/fuzz/corpus/manifest/tab \
    tests/fuzz/corpus/manifest/tensor \
    tests/fuzz/corpus/quantity/00805 \
    tests/fuzz/corpus/quantity/100000e5 \
    tests/fuzz/corpus/quantity/1E \
    tests/fuzz/corpus/quantity/1e3 \
    tests/fuzz/corpus/quantity/1h30m \
    tests/fuzz/corpus/quantity/3G \
    tests/fuzz/corpus/quantity/5 \
    tests/fuzz/corpus/quantity/500m \
    tests/fuzz/corpus/quantity/512Mi \
    tests/fuzz/corpus/quantity/5k \
    tests/fuzz/corpus/quantity/9223372036854775807 \
    tests/fuzz/corpus/quantity/99999999999999999999

UNIT += tests/unit/test_body tests/unit/test_sample
tests_unit_test_body_SOURCES = tests/unit/test_body.c tests/lib/test.h
tests_unit_test_body_LDADD = $(LINK_CORE)
tests_unit_test_sample_SOURCES = tests/unit/test_sample.c tests/lib/test.h
tests_unit_test_sample_LDADD = $(LINK_CORE)
EXTRA_DIST += tests/data/golden/build.json

golden: crdeploy tests/unit/test_body_build
	GOLDEN=1 srcdir=$(srcdir) tests/unit/test_body_build
	GOLDEN=1 BUILD=$(abs_builddir) bats $(srcdir)/tests/integration/context.bats
.PHONY: golden

UNIT += tests/unit/test_body_build tests/unit/test_build_config tests/unit/test_secret tests/unit/test_source
tests_unit_test_body_build_SOURCES = tests/unit/test_body_build.c tests/lib/test.h
tests_unit_test_body_build_LDADD = $(LINK_CORE)
tests_unit_test_build_config_SOURCES = tests/unit/test_build_config.c tests/lib/test.h
tests_unit_test_build_config_LDADD = $(LINK_CORE)
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c tests/lib/test.h
tests_unit_test_secret_LDADD = $(LINK_CORE)
tests_unit_test_source_SOURCES = tests/unit/test_source.c tests/lib/test.h
tests_unit_test_source_LDADD = $(LINK_CORE)

UNIT += tests/unit/test_ignore tests/unit/test_template
tests_unit_test_ignore_SOURCES = tests/unit/test_ignore.c tests/lib/test.h
tests_unit_test_ignore_LDADD = $(LINK_CORE)
tests_unit_test_template_SOURCES = tests/unit/test_template.c tests/lib/test.h
tests_unit_test_template_LDADD = $(LINK_CORE)

UNIT += tests/unit/test_context tests/unit/test_context_hash tests/unit/test_lock
tests_unit_test_context_SOURCES = tests/unit/test_context.c tests/lib/test.h
tests_unit_test_context_LDADD = $(LINK_CORE)
tests_unit_test_context_hash_SOURCES = tests/unit/test_context_hash.c tests/lib/test.h
tests_unit_test_context_hash_LDADD = $(LINK_CORE)
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

UNIT += tests/unit/test_edit_container tests/unit/test_edit_env tests/unit/test_edit_secret tests/unit/test_edit_volume \
    tests/unit/test_rollout
tests_unit_test_rollout_SOURCES = tests/unit/test_rollout.c $(EDIT_ROWS)
tests_unit_test_rollout_LDADD = $(LINK_CORE)
tests_unit_test_edit_container_SOURCES = tests/unit/test_edit_container.c $(EDIT_ROWS)
tests_unit_test_edit_container_LDADD = $(LINK_CORE)
tests_unit_test_edit_env_SOURCES = tests/unit/test_edit_env.c $(EDIT_ROWS)
tests_unit_test_edit_env_LDADD = $(LINK_CORE)
tests_unit_test_edit_secret_SOURCES = tests/unit/test_edit_secret.c $(EDIT_ROWS)
tests_unit_test_edit_secret_LDADD = $(LINK_CORE)
tests_unit_test_edit_volume_SOURCES = tests/unit/test_edit_volume.c $(EDIT_ROWS)
tests_unit_test_edit_volume_LDADD = $(LINK_CORE)

REPLAY += tests/fuzz/replay_edit_container
tests_fuzz_replay_edit_container_SOURCES = tests/fuzz/fuzz_edit_container.c tests/fuzz/replay.c
tests_fuzz_replay_edit_container_LDADD = $(CORE)
EXTRA_DIST += \
    tests/fuzz/corpus/edit_container/foreign tests/fuzz/corpus/edit_container/no-version \
    tests/fuzz/corpus/edit_container/not-utf8 tests/fuzz/corpus/edit_container/probe-refused \
    tests/fuzz/corpus/edit_container/probes tests/fuzz/corpus/edit_container/removed \
    tests/fuzz/corpus/edit_container/replaced tests/fuzz/corpus/edit_container/rest \
    tests/fuzz/corpus/edit_container/secrets tests/fuzz/corpus/edit_container/volumes

UNIT += tests/unit/test_forecast tests/unit/test_onnx
tests_unit_test_forecast_SOURCES = tests/unit/test_forecast.c tests/lib/test.h
tests_unit_test_forecast_LDADD = $(LINK_CORE)
tests_unit_test_onnx_SOURCES = tests/unit/test_onnx.c tests/lib/test.h
tests_unit_test_onnx_LDADD = $(LINK_CORE)
REPLAY += tests/fuzz/replay_onnx
tests_fuzz_replay_onnx_SOURCES = tests/fuzz/fuzz_onnx.c tests/fuzz/replay.c
tests_fuzz_replay_onnx_LDADD = $(CORE)
EXTRA_DIST += tests/fuzz/corpus/onnx/attention tests/fuzz/corpus/onnx/branches tests/fuzz/corpus/onnx/damaged \
    tests/fuzz/corpus/onnx/external tests/fuzz/corpus/onnx/image tests/fuzz/corpus/onnx/linear \
    tests/fuzz/corpus/onnx/pointer tests/fuzz/corpus/onnx/shapes tests/fuzz/corpus/onnx/unnamed
