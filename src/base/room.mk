# base: what any C program wants; has never heard of Google.
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
    src/base/auto.h src/base/mem.h \
    src/base/clock.c src/base/clock.h \
    src/base/env.c src/base/env.h \
    src/base/error.c src/base/error.h \
    src/base/file.c src/base/file.h \
    src/base/hash.c src/base/hash_crc.c src/base/hash.h \
    src/base/interrupt.c src/base/interrupt.h \
    src/base/clean.c src/base/clean.h src/base/log.c src/base/log.h \
    src/base/problems.c src/base/problems.h \
    src/base/proc.c src/base/proc.h \
    src/base/str.c src/base/str.h \
    src/base/thread.c src/base/thread.h

UNIT += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/lib/test.h
tests_unit_test_base_LDADD = $(BASE) $(CMOCKA_LIBS)
