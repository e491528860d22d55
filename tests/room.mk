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
SH_LOG_COMPILER = $(SHELL)

LINT += tests/lint/layers.sh
EXTRA_DIST += $(LINT) $(INTEGRATION) $(E2E) tests/lib/test.h

# The same suite with containers; minutes.
check-e2e: all
	$(MAKE) check TESTS='$(E2E)'

# The unit programs under valgrind; a leak or a bad read fails them.
check-valgrind:
	$(MAKE) check TESTS='$(UNIT)' LOG_COMPILER='valgrind -q --leak-check=full --error-exitcode=99'

# One libFuzzer target: make fuzz TARGET=manifest SECS=60. Its corpus is replayed by make check.
.PHONY: check-e2e check-valgrind
