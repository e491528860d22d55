# templates

# The tokenizer and the task question-answering, which need no model runtime.
noinst_LIBRARIES += libtokenizer.a
libtokenizer_a_CPPFLAGS = $(AM_CPPFLAGS) $(UTF8PROC_CFLAGS)
libtokenizer_a_SOURCES = \
    templates/server/added.c templates/server/added.h \
    templates/server/error.c templates/server/error.h \
    templates/server/mem.h templates/server/model.h templates/server/task.h \
    templates/server/normalize.c templates/server/normalize.h \
    templates/server/qa.c templates/server/qa.h \
    templates/server/qa_graph.c templates/server/qa_graph.h \
    templates/server/qa_span.c templates/server/qa_span.h \
    templates/server/tensor.c templates/server/tensor.h \
    templates/server/trie.c templates/server/trie.h \
    templates/server/unicode.c templates/server/unicode.h templates/server/unicode_tables.h \
    templates/server/vocab.c templates/server/vocab.h \
    templates/server/vocab_block.h \
    templates/server/vocab_make.c \
    templates/server/vocab_source.c templates/server/vocab_source.h \
    templates/server/wordpiece.c templates/server/wordpiece.h
LINK_TOKENIZER = libtokenizer.a $(UTF8PROC_LIBS) $(JANSSON_LIBS) -lm

UNIT += tests/unit/test_wordpiece tests/unit/test_qa tests/unit/test_qa_span
tests_unit_test_qa_span_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_qa_span_SOURCES = tests/unit/test_qa_span.c tests/lib/test.h
tests_unit_test_qa_span_LDADD = $(LINK_TOKENIZER) $(CMOCKA_LIBS)
tests_unit_test_wordpiece_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_wordpiece_SOURCES = tests/unit/test_wordpiece.c tests/lib/test.h
tests_unit_test_wordpiece_LDADD = $(LINK_TOKENIZER) $(CMOCKA_LIBS)
tests_unit_test_qa_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_qa_SOURCES = tests/unit/test_qa.c tests/lib/test.h
tests_unit_test_qa_LDADD = $(LINK_TOKENIZER) $(CMOCKA_LIBS)

REPLAY += tests/fuzz/replay_tokenizer
tests_fuzz_replay_tokenizer_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_fuzz_replay_tokenizer_SOURCES = tests/fuzz/fuzz_tokenizer.c tests/fuzz/replay.c
tests_fuzz_replay_tokenizer_LDADD = $(LINK_TOKENIZER)

EXTRA_DIST += scripts/make-tokenizer-corpus.py scripts/make-unicode-tables.py \
    tests/data/qa/long.json \
    tests/data/tokenizer/cased.json tests/data/tokenizer/corpus.jsonl tests/data/tokenizer/odd.json \
    tests/data/tokenizer/pairs.jsonl tests/data/tokenizer/uncased.json \
    tests/fuzz/corpus/tokenizer/accents tests/fuzz/corpus/tokenizer/broken tests/fuzz/corpus/tokenizer/cjk \
    tests/fuzz/corpus/tokenizer/json tests/fuzz/corpus/tokenizer/jsonbad tests/fuzz/corpus/tokenizer/lines \
    tests/fuzz/corpus/tokenizer/long tests/fuzz/corpus/tokenizer/marks tests/fuzz/corpus/tokenizer/plain \
    tests/fuzz/corpus/tokenizer/special

# The rest of the server, and the server itself with an echo in place of ONNX Runtime: what runtime `none` of the local
# platform runs, and what tests ask. The real one is built in the image, by templates/server/Makefile.
noinst_LIBRARIES += libserver.a
libserver_a_CPPFLAGS = $(AM_CPPFLAGS) $(MHD_CFLAGS)
libserver_a_SOURCES = \
    templates/server/body.c templates/server/body.h templates/server/call.c templates/server/call.h templates/server/cpus.c templates/server/cpus.h \
    templates/server/http.c templates/server/http.h templates/server/json_size.c templates/server/json_size.h \
    templates/server/listen.c templates/server/listen.h templates/server/log.c templates/server/log.h \
    templates/server/loop.c templates/server/loop.h templates/server/memory.c templates/server/memory.h \
    templates/server/metadata.c templates/server/metadata.h templates/server/model_echo.c templates/server/reply.c \
    templates/server/reply.h templates/server/routes.c templates/server/routes.h templates/server/service.c \
    templates/server/service.h templates/server/settings.c templates/server/settings.h templates/server/task.c \
    templates/server/task_tensor.c templates/server/task_tensor.h templates/server/tensor_json.c \
    templates/server/tensor_json.h templates/server/trace.c templates/server/trace.h templates/server/worker.c \
    templates/server/worker.h
LINK_SERVER = libserver.a libtokenizer.a $(MHD_LIBS) $(UTF8PROC_LIBS) $(JANSSON_LIBS) -lpthread -lm

pkglibexec_PROGRAMS += templates/server/crdeploy-server-echo
templates_server_crdeploy_server_echo_SOURCES = templates/server/main.c
templates_server_crdeploy_server_echo_LDADD = $(LINK_SERVER)

UNIT += tests/unit/test_server_body tests/unit/test_server_cpus tests/unit/test_server_json_size tests/unit/test_server_log tests/unit/test_server_metadata tests/unit/test_server_routes \
    tests/unit/test_server_settings tests/unit/test_server_task tests/unit/test_server_tensor_json \
    tests/unit/test_server_worker
tests_unit_test_server_body_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_body_SOURCES = tests/unit/test_server_body.c tests/lib/test.h
tests_unit_test_server_body_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_json_size_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_json_size_SOURCES = tests/unit/test_server_json_size.c tests/lib/json_peak.h tests/lib/test.h
tests_unit_test_server_json_size_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_cpus_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_cpus_SOURCES = tests/unit/test_server_cpus.c tests/lib/test.h
tests_unit_test_server_cpus_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_log_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_log_SOURCES = tests/unit/test_server_log.c tests/lib/test.h
tests_unit_test_server_log_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_metadata_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_metadata_SOURCES = tests/unit/test_server_metadata.c tests/lib/test.h
tests_unit_test_server_metadata_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_routes_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_routes_SOURCES = tests/unit/test_server_routes.c tests/lib/test.h
tests_unit_test_server_routes_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_settings_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_settings_SOURCES = tests/unit/test_server_settings.c tests/lib/test.h
tests_unit_test_server_settings_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_task_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_task_SOURCES = tests/unit/test_server_task.c tests/lib/test.h
tests_unit_test_server_task_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_tensor_json_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_tensor_json_SOURCES = tests/unit/test_server_tensor_json.c tests/lib/test.h
tests_unit_test_server_tensor_json_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_server_worker_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_unit_test_server_worker_SOURCES = tests/unit/test_server_worker.c tests/lib/test.h
tests_unit_test_server_worker_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)

REPLAY += tests/fuzz/replay_server_json
tests_fuzz_replay_server_json_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server
tests_fuzz_replay_server_json_SOURCES = tests/fuzz/fuzz_server_json.c tests/fuzz/replay.c tests/lib/json_peak.h
tests_fuzz_replay_server_json_LDADD = $(LINK_SERVER)
EXTRA_DIST += tests/fuzz/corpus/server_json/array tests/fuzz/corpus/server_json/big \
    tests/fuzz/corpus/server_json/broken tests/fuzz/corpus/server_json/bytes \
    tests/fuzz/corpus/server_json/deep tests/fuzz/corpus/server_json/empty tests/fuzz/corpus/server_json/flat \
    tests/fuzz/corpus/server_json/half tests/fuzz/corpus/server_json/huge tests/fuzz/corpus/server_json/nested \
    tests/fuzz/corpus/server_json/ragged tests/fuzz/corpus/server_json/scalar \
    tests/fuzz/corpus/server_json/twice tests/fuzz/corpus/server_json/two

# Of bootstrap, what needs no ONNX Runtime.
UNIT += tests/unit/test_bootstrap_license tests/unit/test_bootstrap_lock
tests_unit_test_bootstrap_license_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/bootstrap
tests_unit_test_bootstrap_license_SOURCES = tests/unit/test_bootstrap_license.c tests/lib/test.h \
    templates/bootstrap/license.c templates/bootstrap/license.h
tests_unit_test_bootstrap_license_LDADD = $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_bootstrap_lock_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server -I$(srcdir)/templates/bootstrap
tests_unit_test_bootstrap_lock_SOURCES = tests/unit/test_bootstrap_lock.c tests/lib/test.h templates/bootstrap/lock.c \
    templates/bootstrap/lock.h
tests_unit_test_bootstrap_lock_LDADD = $(LINK_TOKENIZER) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

UNIT += tests/unit/test_bootstrap_answers tests/unit/test_bootstrap_inputs tests/unit/test_bootstrap_onnx_scan
tests_unit_test_bootstrap_answers_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server -I$(srcdir)/templates/bootstrap
tests_unit_test_bootstrap_answers_SOURCES = tests/unit/test_bootstrap_answers.c tests/lib/test.h \
    templates/bootstrap/answers.c templates/bootstrap/answers.h templates/bootstrap/inputs.c templates/bootstrap/inputs.h
tests_unit_test_bootstrap_answers_LDADD = $(LINK_SERVER) $(CMOCKA_LIBS)
tests_unit_test_bootstrap_inputs_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server -I$(srcdir)/templates/bootstrap
tests_unit_test_bootstrap_inputs_SOURCES = tests/unit/test_bootstrap_inputs.c tests/lib/test.h \
    templates/bootstrap/inputs.c templates/bootstrap/inputs.h
tests_unit_test_bootstrap_inputs_LDADD = $(LINK_TOKENIZER) $(CMOCKA_LIBS)
tests_unit_test_bootstrap_onnx_scan_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server -I$(srcdir)/templates/bootstrap
tests_unit_test_bootstrap_onnx_scan_SOURCES = tests/unit/test_bootstrap_onnx_scan.c tests/lib/test.h \
    templates/bootstrap/onnx_scan.c templates/bootstrap/onnx_scan.h
tests_unit_test_bootstrap_onnx_scan_LDADD = $(LINK_TOKENIZER) $(CMOCKA_LIBS)

REPLAY += tests/fuzz/replay_onnx_scan
tests_fuzz_replay_onnx_scan_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server -I$(srcdir)/templates/bootstrap
tests_fuzz_replay_onnx_scan_SOURCES = tests/fuzz/fuzz_onnx_scan.c tests/fuzz/replay.c templates/bootstrap/onnx_scan.c
tests_fuzz_replay_onnx_scan_LDADD = $(LINK_TOKENIZER)
EXTRA_DIST += tests/fuzz/corpus/onnx_scan/branches tests/fuzz/corpus/onnx_scan/cut tests/fuzz/corpus/onnx_scan/deep \
    tests/fuzz/corpus/onnx_scan/external tests/fuzz/corpus/onnx_scan/linear tests/fuzz/corpus/onnx_scan/random \
    tests/fuzz/corpus/onnx_scan/repeats

# prove with a model made up for it, in the place of ONNX Runtime.
check_PROGRAMS += tests/lib/prove_fake
tests_lib_prove_fake_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/templates/server -I$(srcdir)/templates/bootstrap
tests_lib_prove_fake_SOURCES = templates/bootstrap/prove.c templates/bootstrap/answers.c templates/bootstrap/answers.h \
    templates/bootstrap/files.c templates/bootstrap/files.h templates/bootstrap/inputs.c templates/bootstrap/inputs.h \
    templates/bootstrap/lock.c templates/bootstrap/lock.h templates/bootstrap/onnx_scan.c templates/bootstrap/onnx_scan.h \
    templates/bootstrap/original.c templates/bootstrap/original.h tests/lib/fake_model.c
tests_lib_prove_fake_LDADD = $(LINK_SERVER) $(CRYPTO_LIBS)
INTEGRATION += tests/integration/prove.bats
EXTRA_DIST += tests/data/graphs/branches.onnx tests/data/graphs/make-graphs.py tests/data/graphs/repeats.onnx

INTEGRATION += tests/integration/server.bats tests/integration/server_load.bats
check_PROGRAMS += tests/lib/crowd_client
tests_lib_crowd_client_SOURCES = tests/lib/crowd_client.c
tests_lib_crowd_client_LDADD =

# What goes into a user's build context, and is therefore installed: everything here but this file.
nobase_dist_pkgdata_DATA += templates/Dockerfile.mustache templates/bootstrap/Makefile \
    templates/bootstrap/answers.c templates/bootstrap/answers.h \
    templates/bootstrap/files.c templates/bootstrap/files.h templates/bootstrap/graph.c \
    templates/bootstrap/graph.h templates/bootstrap/inputs.c templates/bootstrap/inputs.h \
    templates/bootstrap/license.c templates/bootstrap/license.h \
    templates/bootstrap/lock.c templates/bootstrap/lock.h templates/bootstrap/measured.Dockerfile \
    templates/bootstrap/onnx_scan.c templates/bootstrap/onnx_scan.h \
    templates/bootstrap/original.c templates/bootstrap/original.h templates/bootstrap/packages.sh \
    templates/bootstrap/prepare.c templates/bootstrap/prove.c templates/bootstrap/root.sh \
    templates/bootstrap/sbom.c templates/labels.json.mustache \
    templates/server/Makefile templates/server/README.md templates/server/added.c templates/server/added.h \
    templates/server/body.c templates/server/body.h templates/server/call.c templates/server/call.h templates/server/cpus.c templates/server/cpus.h \
    templates/server/error.c templates/server/error.h templates/server/http.c templates/server/http.h \
    templates/server/json_size.c templates/server/json_size.h templates/server/listen.c templates/server/listen.h \
    templates/server/log.c templates/server/log.h templates/server/loop.c templates/server/loop.h \
    templates/server/main.c templates/server/mem.h templates/server/memory.c templates/server/memory.h \
    templates/server/metadata.c templates/server/metadata.h templates/server/model.h templates/server/model_echo.c \
    templates/server/model_ort.c templates/server/normalize.c templates/server/normalize.h templates/server/qa.c \
    templates/server/qa.h templates/server/qa_graph.c templates/server/qa_graph.h templates/server/qa_span.c \
    templates/server/qa_span.h templates/server/quiet.c templates/server/quiet.h templates/server/reply.c \
    templates/server/reply.h templates/server/routes.c templates/server/routes.h templates/server/service.c \
    templates/server/service.h templates/server/settings.c templates/server/settings.h templates/server/task.c \
    templates/server/task.h templates/server/task_tensor.c templates/server/task_tensor.h templates/server/tensor.c \
    templates/server/tensor.h templates/server/tensor_json.c templates/server/tensor_json.h templates/server/trace.c \
    templates/server/trace.h templates/server/trie.c templates/server/trie.h templates/server/unicode.c \
    templates/server/unicode.h templates/server/unicode_tables.h templates/server/vocab.c templates/server/vocab.h \
    templates/server/vocab_block.h templates/server/vocab_make.c templates/server/vocab_source.c \
    templates/server/vocab_source.h templates/server/wordpiece.c templates/server/wordpiece.h \
    templates/server/worker.c templates/server/worker.h
