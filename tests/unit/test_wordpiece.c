#include "lib/test.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unicode.h"
#include "wordpiece.h"

#define DATA "/tests/data/tokenizer/"

/* Pieces for the cases that are spelt out here. */
static const char small_vocab[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\nun\n##aff\n##able\n!\nsugar\n中\n##\n";

static char *in_tree(const char *path)
{
    static char full[512];

    snprintf(full, sizeof(full), "%s%s", getenv("srcdir") ? getenv("srcdir") : ".", path);
    return full;
}

static struct vocab *open_small(const struct vocab_options *options)
{
    struct error err = {0};
    struct vocab *v = NULL;

    assert_ok(vocab_parse(small_vocab, sizeof(small_vocab) - 1, VOCAB_LINES, options, &v, &err), &err);
    return v;
}

/* The tokens of a text in the form "un ##aff ##able", new. */
static char *pieces_of(const struct vocab *v, const char *text, size_t len)
{
    struct encoding e = {0};
    struct error err = {0};
    char *out = calloc(1, 4096);
    size_t at = 0;

    assert_ok(wordpiece_encode(v, text, len, &e, &err), &err);
    for (size_t i = 0; i < e.n; i++) {
        size_t n = 0;
        const char *piece = vocab_piece(v, e.tokens[i].id, &n);

        at += (size_t)snprintf(out + at, 4096 - at, "%s%.*s", i ? " " : "", (int)n, piece);
    }
    encoding_free(&e);
    return out;
}

static void check_ids(const json_t *want, const struct encoding *e, const char *which, size_t line)
{
    if (json_array_size(want) != e->n)
        fail_msg("%s, line %zu: %zu tokens, not %zu", which, line, e->n, json_array_size(want));
    for (size_t i = 0; i < e->n; i++)
        if (json_integer_value(json_array_get(want, i)) != e->tokens[i].id)
            fail_msg("%s, line %zu: token %zu is %u", which, line, i, e->tokens[i].id);
}

static void check_spans(const json_t *want, const struct encoding *e, const char *which, size_t line)
{
    if (json_is_null(want))
        return;
    for (size_t i = 0; i < e->n; i++)
        if (json_integer_value(json_array_get(want, 2 * i)) != e->tokens[i].start ||
            json_integer_value(json_array_get(want, 2 * i + 1)) != e->tokens[i].end)
            fail_msg("%s, line %zu: token %zu is at %u to %u", which, line, i, e->tokens[i].start, e->tokens[i].end);
}

/* The corpus under one tokenizer; its columns are `column` and the next. */
static void check_corpus(const char *tokenizer, size_t column)
{
    FILE *f = fopen(in_tree(DATA "corpus.jsonl"), "r");
    struct encoding e = {0};
    struct error err = {0};
    struct vocab *v = NULL;
    char *line = NULL;
    size_t cap = 0, count = 0;

    assert_non_null(f);
    assert_ok(vocab_open(in_tree(tokenizer), VOCAB_JSON, NULL, &v, &err), &err);
    while (getline(&line, &cap, f) > 0) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL), *text = json_array_get(row, 0);

        count++;
        assert_ok(wordpiece_encode(v, json_string_value(text), json_string_length(text), &e, &err), &err);
        check_ids(json_array_get(row, column), &e, tokenizer, count);
        check_spans(json_array_get(row, column + 1), &e, tokenizer, count);
        json_decref(row);
    }
    assert_int_equal(count, 1000);
    free(line);
    fclose(f);
    encoding_free(&e);
    vocab_free(v);
}

TEST(ids_of_1000_lines_equal_hugging_face)
{
    check_corpus("/examples/tiny-distilbert-qa/tokenizer.json", 1);
}

TEST(ids_of_1000_lines_equal_hugging_face_cased)
{
    check_corpus(DATA "cased.json", 3);
}

TEST(ids_of_1000_lines_equal_hugging_face_with_many_pieces)
{
    check_corpus(DATA "uncased.json", 5);
}

TEST(ids_of_1000_lines_equal_hugging_face_with_odd_options_and_added_tokens)
{
    check_corpus(DATA "odd.json", 7);
}

TEST(words_are_taken_apart_greedily)
{
    static const struct {
        const char *text, *pieces;
    } cases[] = {
        {"unaffable", "un ##aff ##able"},
        {"UnAffable!", "un ##aff ##able !"},
        {"unaffablex", "[UNK]"},
        {"", ""},
        {"  \t ", ""},
        {"a中b", "a 中 b"},
        {"áb", "a ##b"},
        {"a[SEP]b", "a [SEP] b"},
        {"[sep]", "[UNK] [UNK] [UNK]"},
        {"a\xE2\x80\x8B"
         "b",
         "a ##b"},
        {"##", "[UNK] [UNK]"},
    };
    struct vocab *v = open_small(NULL);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *got = pieces_of(v, cases[i].text, strlen(cases[i].text));

        assert_string_equal(got, cases[i].pieces);
        free(got);
    }
    vocab_free(v);
}

TEST(bytes_that_are_no_utf8_are_dropped_like_controls)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {{"a\xFF"
                  "b",
                  3},
                 {"a\x00"
                  "b",
                  3},
                 {"a\xC3"
                  "b",
                  3},
                 {"a\xED\xA0\x80"
                  "b",
                  5},
                 {"a\xF4\x90\x80\x80"
                  "b",
                  6},
                 {"ab\xE2\x82", 4},
                 {"a\xC0\x80"
                  "b",
                  4}};
    struct vocab *v = open_small(NULL);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *got = pieces_of(v, cases[i].text, cases[i].len);

        assert_string_equal(got, "a ##b");
        free(got);
    }
    vocab_free(v);
}

TEST(vocab_txt_follows_the_options_of_the_tokenizer_config)
{
    const struct vocab_options cased = {.lower = 0, .chinese = -1, .strip = -1};
    const struct vocab_options bare = {.lower = -1, .chinese = 0, .strip = 0};
    struct vocab *v = open_small(&cased);
    char *got = pieces_of(v, "A a á", 6);

    assert_string_equal(got, "[UNK] a [UNK]");
    free(got);
    vocab_free(v);
    v = open_small(&bare);
    got = pieces_of(v, "A á a中b", 10);
    assert_string_equal(got, "a [UNK] [UNK]");
    free(got);
    vocab_free(v);
}

TEST(tokens_are_joined_as_the_post_shows_them)
{
    static const struct {
        const char *text, *joined;
    } cases[] = {{"Unaffable  sugar!a", "unaffable sugar ! a"}, {"", ""}, {"x", "[UNK]"}, {"ab ab", "ab ab"}};
    struct vocab *v = open_small(NULL);
    struct encoding e = {0};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *got;

        assert_ok(wordpiece_encode(v, cases[i].text, strlen(cases[i].text), &e, &err), &err);
        got = wordpiece_join(v, e.tokens, e.n);
        assert_string_equal(got, cases[i].joined);
        free(got);
    }
    assert_ok(wordpiece_encode(v, "ab", 2, &e, &err), &err);
    char *tail = wordpiece_join(v, e.tokens + 1, 1);
    assert_string_equal(tail, "b");
    free(tail);
    encoding_free(&e);
    vocab_free(v);
}

static void check_refused(const char *json, const char *says)
{
    struct vocab *v = NULL;
    struct error err = {0};

    assert_int_equal(vocab_parse(json, strlen(json), VOCAB_JSON, NULL, &v, &err), -1);
    assert_null(v);
    assert_int_equal(err.status, 500);
    if (!strstr(err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

#define PRE "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}"
#define HEAD "{" PRE ",\"normalizer\":{\"type\":\"BertNormalizer\"},"
#define VOCAB "\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2}"
#define MODEL "\"model\":{\"type\":\"WordPiece\"," VOCAB "}"

TEST(what_is_not_supported_is_refused_by_its_name)
{
    check_refused("{", "line 1");
    check_refused("{}", "'pre_tokenizer' is 'null'");
    check_refused("{\"pre_tokenizer\":{\"type\":\"ByteLevel\"}}", "'ByteLevel'");
    check_refused("{" PRE ",\"normalizer\":{\"type\":\"NFKC\"}}", "'NFKC'");
    check_refused("{" PRE ",\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":1}}", "'lowercase'");
    check_refused(HEAD "\"model\":{\"type\":\"BPE\"}}", "'BPE'");
    check_refused(HEAD "\"model\":{\"type\":\"WordPiece\"}}", "'vocab'");
    check_refused(HEAD "\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}", "empty");
    check_refused(HEAD "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}", "'a'");
    check_refused(HEAD "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":99999999999}}}", "below");
    check_refused(HEAD "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", "lacks '[UNK]'");
    check_refused(HEAD "\"model\":{\"type\":\"WordPiece\",\"max_input_chars_per_word\":5000," VOCAB "}}",
                  "'max_input_chars_per_word' is 5000");
    check_refused(HEAD MODEL ",\"post_processor\":{\"type\":\"RobertaProcessing\"}}", "'RobertaProcessing'");
    check_refused(HEAD MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"pair\":[]}}",
                  "[CLS] A [SEP] B [SEP]");
    check_refused(HEAD MODEL ",\"added_tokens\":[{\"content\":\"[SEP]\",\"id\":9}]}", "'[SEP]' has id 9");
    check_refused(HEAD MODEL ",\"added_tokens\":[{\"content\":\"x\"}]}", "'added_tokens[0]'");
}

TEST(a_missing_or_empty_file_is_named)
{
    struct vocab *v = NULL;
    struct error err = {0};

    assert_int_equal(vocab_open("/nonexistent/vocab.txt", VOCAB_LINES, NULL, &v, &err), -1);
    assert_non_null(strstr(err.msg, "/nonexistent/vocab.txt"));
    assert_int_equal(vocab_open("/dev/null", VOCAB_LINES, NULL, &v, &err), -1);
    assert_non_null(strstr(err.msg, "/dev/null"));
}

/* Writes bytes to a new temporary file, whose path is static. */
static const char *write_temporary(const void *bytes, size_t n)
{
    static char path[] = "/tmp/test_wordpiece.XXXXXX";
    FILE *f;

    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    f = fdopen(mkstemp(path), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    return path;
}

TEST(a_compiled_vocabulary_gives_the_same_tokens_and_the_same_bytes)
{
    struct vocab *v = NULL, *mapped = NULL;
    struct error err = {0};
    const char *path;

    assert_ok(vocab_open(in_tree(DATA "odd.json"), VOCAB_JSON, NULL, &v, &err), &err);
    path = write_temporary(v->block, v->size);
    assert_ok(vocab_open(path, VOCAB_JSON, NULL, &mapped, &err), &err);
    unlink(path);
    assert_true(mapped->mapped);
    assert_int_equal(mapped->size, v->size);
    assert_memory_equal(mapped->block, v->block, v->size);
    vocab_free(mapped);

    path = write_temporary("", 0);
    FILE *f = fopen(path, "wb");
    assert_ok(vocab_write(v, f, &err), &err);
    fclose(f);
    check_corpus(DATA "odd.json", 7);
    assert_ok(vocab_open(path, VOCAB_LINES, NULL, &mapped, &err), &err);
    unlink(path);
    char *a = pieces_of(v, "Roses <w> New York", 18), *b = pieces_of(mapped, "Roses <w> New York", 18);
    assert_string_equal(a, b);
    free(a);
    free(b);
    vocab_free(mapped);
    vocab_free(v);
}

TEST(a_damaged_compiled_vocabulary_is_refused_or_harmless)
{
    struct vocab *v = open_small(NULL), *mapped = NULL;
    struct error err = {0};
    size_t refused = 0, opened = 0;

    for (size_t i = 8; i < v->size; i++) {
        char *bytes = malloc(v->size);
        const char *path;

        memcpy(bytes, v->block, v->size);
        bytes[i] ^= 0x55;
        path = write_temporary(bytes, v->size);
        free(bytes);
        if (vocab_open(path, VOCAB_LINES, NULL, &mapped, &err) < 0)
            refused++;
        else {
            char *got = pieces_of(mapped, "unaffable a中b [SEP]", 22);

            opened++;
            free(got);
            vocab_free(mapped);
        }
        unlink(path);
    }
    assert_true(refused > 100);
    assert_true(opened > 0); /* a letter or an id that is another valid one */
    const char *cut = write_temporary(v->block, v->size - 8);
    assert_int_equal(vocab_open(cut, VOCAB_LINES, NULL, &mapped, &err), -1);
    unlink(cut);
    vocab_free(v);
}

TEST(a_megabyte_is_read_whatever_it_holds)
{
    static const char *const units[] = {"a",  "\xFF", "[", "[SEP]",   "[SEP", "\xE3\x80\xAE\xF0\x9D\x85\xA5",
                                        "中", "ÁB",   " ", "\xCC\x81"};
    const size_t size = 1 << 20;
    char *text = malloc(size + 8);
    struct vocab *v = open_small(NULL);
    struct encoding e = {0};
    struct error err = {0};

    for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
        size_t unit = strlen(units[k]);

        for (size_t i = 0; i < size; i++)
            text[i] = units[k][i % unit];
        assert_ok(wordpiece_encode(v, text, size, &e, &err), &err);
        for (size_t i = 0; i < e.n; i++)
            assert_true(e.tokens[i].start < e.tokens[i].end && e.tokens[i].end <= size);
    }
    assert_int_equal(e.n, 0); /* marks alone are nothing */
    free(text);
    encoding_free(&e);
    vocab_free(v);
}

TEST(code_points_are_counted_and_cut_whole)
{
    assert_int_equal(unicode_count("aé中😀", 10), 4);
    assert_int_equal(unicode_count("a\xFF\xC3", 3), 3);
    assert_int_equal(unicode_cut("aé中", 2), 1);
    assert_int_equal(unicode_cut("aé中", 3), 3);
    assert_int_equal(unicode_cut("aé中", 100), 6);
    assert_true(unicode_valid("\xEF\xBF\xBD", 3));
    assert_false(unicode_valid("\xEF\xBF", 2));
}

TEST_MAIN(cmocka_unit_test(ids_of_1000_lines_equal_hugging_face),
          cmocka_unit_test(ids_of_1000_lines_equal_hugging_face_cased),
          cmocka_unit_test(ids_of_1000_lines_equal_hugging_face_with_many_pieces),
          cmocka_unit_test(ids_of_1000_lines_equal_hugging_face_with_odd_options_and_added_tokens),
          cmocka_unit_test(words_are_taken_apart_greedily),
          cmocka_unit_test(bytes_that_are_no_utf8_are_dropped_like_controls),
          cmocka_unit_test(vocab_txt_follows_the_options_of_the_tokenizer_config),
          cmocka_unit_test(tokens_are_joined_as_the_post_shows_them),
          cmocka_unit_test(what_is_not_supported_is_refused_by_its_name),
          cmocka_unit_test(a_missing_or_empty_file_is_named),
          cmocka_unit_test(a_compiled_vocabulary_gives_the_same_tokens_and_the_same_bytes),
          cmocka_unit_test(a_damaged_compiled_vocabulary_is_refused_or_harmless),
          cmocka_unit_test(a_megabyte_is_read_whatever_it_holds),
          cmocka_unit_test(code_points_are_counted_and_cut_whole))
