/*
 * fuzz_tokenizer.c - any bytes through the tokenizers of the corpus: ids are of the vocabulary, spans ascend within the
 * text, words are counted up, and the tokens join to text that is UTF-8. The same bytes as a vocabulary, too.
 *
 * The first byte chooses: the tokenizer, or reading the rest as tokenizer.json or vocab.txt.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unicode.h"
#include "wordpiece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vocab *vocabs[3];

static void open_all(void)
{
    static const char *const names[] = {"cased", "uncased", "odd"};
    const char *src = getenv("srcdir");

    for (size_t i = 0; i < 3; i++) {
        struct error err = {0};
        char path[4096];

        snprintf(path, sizeof(path), "%s/tests/data/tokenizer/%s.json", src ? src : ".", names[i]);
        if (vocab_open(path, VOCAB_JSON, NULL, &vocabs[i], &err) < 0) {
            fprintf(stderr, "%s\n", err.msg);
            abort();
        }
    }
}

static void check_text(const struct vocab *v, const char *text, size_t n)
{
    struct encoding e = {0};
    struct error err = {0};
    char *joined;

    if (wordpiece_encode(v, text, n, &e, &err) < 0)
        abort();
    for (size_t i = 0; i < e.n; i++) {
        const struct token *t = &e.tokens[i], *last = i ? t - 1 : NULL;
        size_t len;

        if (!vocab_piece(v, t->id, &len) || t->start >= t->end || t->end > n)
            abort();
        if (last && (t->start < last->start || t->end < last->end || t->word < last->word || t->word > last->word + 1))
            abort();
    }
    joined = wordpiece_join(v, e.tokens, e.n);
    if (!unicode_valid(joined, strlen(joined)))
        abort();
    free(joined);
    encoding_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    struct error err = {0};
    struct vocab *v;

    if (!size)
        return 0;
    if (!vocabs[0])
        open_all();
    if (data[0] % 8 < 6) {
        check_text(vocabs[data[0] % 3], text, size - 1);
        return 0;
    }
    if (vocab_parse(text, size - 1, data[0] % 8 == 6 ? VOCAB_JSON : VOCAB_LINES, NULL, &v, &err) < 0) {
        if (err.status != 500 || !unicode_valid(err.msg, strlen(err.msg)))
            abort();
        return 0;
    }
    check_text(v, text, size - 1);
    vocab_free(v);
    return 0;
}
