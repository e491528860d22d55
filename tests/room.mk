# How tests run: everything speaks TAP through automake's driver.
check_PROGRAMS += $(UNIT) $(REPLAY)
LDADD = $(CLI) $(CMOCKA_LIBS)
TEST_EXTENSIONS = .bats .sh
TESTS = $(LINT) $(UNIT) $(REPLAY) $(INTEGRATION)
AM_TESTS_ENVIRONMENT = export BUILD='$(abs_builddir)' srcdir='$(srcdir)' abs_srcdir='$(abs_srcdir)' \
    CMOCKA_MESSAGE_OUTPUT=TAP;
TAP = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP)
BATS_LOG_DRIVER = $(TAP)
BATS_LOG_COMPILER = bats
AM_BATS_LOG_FLAGS = --formatter tap
SH_LOG_DRIVER = $(TAP)
SH_LOG_COMPILER = bash

LINT += tests/lint/banned.sh tests/lint/docs.sh tests/lint/examples.sh tests/lint/headers.sh tests/lint/layers.sh \
    tests/lint/names.sh tests/lint/news.sh tests/lint/packages.sh tests/lint/planted.sh tests/lint/sizes.sh tests/lint/templates.sh \
    tests/lint/words.sh
# A build with sanitizers, for coverage or without optimisation lacks FORTIFY_SOURCE, and is not what is installed.
if HARDENED
LINT += tests/lint/hardening.sh
endif
INTEGRATION += tests/integration/auth.bats tests/integration/build.bats tests/integration/build_log.bats tests/integration/federation.bats tests/integration/foreign.bats
INTEGRATION += tests/integration/cli.bats tests/integration/cli_local.bats tests/integration/logs.bats tests/integration/verdict.bats tests/integration/completions.bats \
    tests/integration/context.bats tests/integration/path.bats tests/integration/predict.bats tests/integration/upload.bats tests/integration/traffic.bats tests/integration/destroy.bats \
    tests/integration/image.bats tests/integration/knative.bats tests/integration/lock.bats
INTEGRATION += tests/integration/deploy.bats tests/integration/regions.bats tests/integration/doctor.bats tests/integration/local_load.bats tests/integration/oracle.bats
check_PROGRAMS += tests/lib/oracle
tests_lib_oracle_SOURCES = tests/lib/oracle.c tests/lib/oracle_apply.c tests/lib/oracle_apply.h tests/lib/v1_form.c tests/lib/v1_form.h
tests_lib_oracle_LDADD = $(CORE)
EXTRA_DIST += tests/data/gcloud/README.md tests/data/gcloud/builds.jsonl tests/data/gcloud/differences.json \
    tests/data/gcloud/trees.json tests/data/gcloud/deploy.jsonl tests/data/gcloud/update.jsonl \
    tests/data/gcloud/traffic.jsonl tests/data/gcloud/refused.jsonl tests/data/gcloud/states.jsonl
EXTRA_DIST += tests/data/golden/context/Dockerfile tests/data/golden/context/crdeploy.json \
    tests/data/golden/context/crdeploy.lock tests/data/golden/context/listing
E2E += tests/e2e/build.bats tests/e2e/demo.bats tests/e2e/image.bats tests/e2e/verdict.bats
EXTRA_DIST += tests/e2e/engine.bash tests/e2e/start_tool.c tests/fuzz/fuzz.sh tests/lib/complete.zsh tests/lib/helper.bash \
    tests/lib/hostile_api.py tests/lib/odd_requests.py tests/lib/registry.py tests/lib/server.bash tests/lib/slow_clients.py
EXTRA_DIST += $(LINT) $(INTEGRATION) $(E2E) tests/lint/hardening.sh tests/lint/tap.sh tests/lint/static.sh tests/lib/test.h .clang-tidy .ci/run \
    README.md HACKING.md NEWS.md SECURITY.md scripts/demo scripts/lib.sh scripts/test

# The same suite with containers; minutes.
check-e2e: all
	$(MAKE) check TESTS='$(E2E)'

# The unit programs under valgrind; a leak or a bad read fails them.
check-valgrind:
	$(MAKE) check TESTS='$(UNIT) $(REPLAY)' \
	    LOG_COMPILER='valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99'

# One libFuzzer target: make fuzz TARGET=manifest SECS=60. Its corpus is replayed by make check.
fuzz:
	bash $(srcdir)/tests/fuzz/fuzz.sh $(srcdir) $(TARGET) $${SECS:-60}

# As the compiler is called, so that clang-tidy sees the same program.
TIDY_FLAGS = $(CPPFLAGS) -D_GNU_SOURCE -Isrc -Itests -Itemplates/server -DCR_PKGDATADIR="" -DCR_PKGLIBEXECDIR="" \
    -DCR_VERSION="" -DCR_SRCDIR="" $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(YAML_CFLAGS) $(ARCHIVE_CFLAGS) \
    $(MHD_CFLAGS) $(UTF8PROC_CFLAGS)

# Packing and uploading beside what others do: prints a table. Minutes, where there is a gcloud.
EXTRA_PROGRAMS = tests/bench/bench_tool
tests_bench_bench_tool_SOURCES = tests/bench/bench_tool.c
tests_bench_bench_tool_LDADD =
EXTRA_DIST += tests/bench/upload.sh tests/bench/deploy.sh
CLEANFILES += tests/bench/bench_tool
bench: all tests/bench/bench_tool
	BUILD='$(abs_builddir)' bash $(srcdir)/tests/bench/deploy.sh
	BUILD='$(abs_builddir)' bash $(srcdir)/tests/bench/upload.sh

# What reads the source without running it. The lints that need only a shell are part of check as well.
lint: all
	@cd $(srcdir) && bash tests/lint/static.sh '$(TIDY_FLAGS)'
	$(MAKE) check TESTS='$(LINT)'

format:
	cd $(srcdir) && find src templates tests -name '*.[ch]' -exec clang-format -i {} +

# After configure --enable-coverage: how much of each file the tests run, the least covered first.
coverage: check
	@find src templates -name '*.gcda' -exec gcov -n {} + 2>/dev/null | sed "s|^File '$(srcdir)/||; s|^File '||; s|'$$||" | \
	    awk '/^(src|templates)\//{file=$$0} /^Lines executed/ && file {sub(/.*executed:/, ""); print $$0 "\t" file; file=""}' | sort -n

.PHONY: bench check-e2e check-valgrind coverage format fuzz lint
