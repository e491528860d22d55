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

UNIT += tests/unit/test_wordpiece tests/unit/test_qa
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
