/* Reading tokenizer.json and vocab.txt. What would change the ids and is not known is refused by its name. */
#include "vocab_source.h"

#include <jansson.h>
#include <string.h>

#include "unicode.h"

static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

static void defaults(struct vocab_source *s)
{
    s->unk = "[UNK]";
    s->cls = "[CLS]";
    s->sep = "[SEP]";
    s->prefix = "##";
    s->max_word = 100;
}

int source_from_lines(const char *bytes, size_t n, const struct vocab_options *options, struct vocab_source *s,
                      struct error *err)
{
    size_t id = 0;

    defaults(s);
    if (!unicode_valid(bytes, n))
        return error_set(err, 500, "not UTF-8 text");
    s->normalizer = (struct normalizer){
        .clean = true, .chinese = !options || options->chinese != 0, .lower = !options || options->lower != 0};
    s->normalizer.strip = options && options->strip >= 0 ? options->strip : s->normalizer.lower;
    for (size_t at = 0; at < n; id++) {
        const char *line = bytes + at, *end = memchr(line, '\n', n - at);
        size_t len = end ? (size_t)(end - line) : n - at;

        at += len + 1;
        while (len && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
            len--;
        source_piece(s, line, len, id);
        for (size_t k = 0; k < sizeof(specials) / sizeof(specials[0]); k++)
            if (len == strlen(specials[k]) && !memcmp(line, specials[k], len))
                source_added(s, line, len, id, 0);
    }
    return 0;
}

/* The type of a part, "null" when it is not there. */
static const char *type_of(const json_t *part)
{
    const json_t *type = json_object_get(part, "type");

    return !part || json_is_null(part) ? "null" : json_is_string(type) ? json_string_value(type) : "without a type";
}

static int refuse(const char *part, const json_t *value, const char *known, struct error *err)
{
    return error_set(err, 500, "'%s' is '%s', and only '%s' is supported", part, type_of(value), known);
}

/* A boolean of an object; `fallback` when it is missing or null. */
static int get_flag(const json_t *o, const char *key, bool fallback, bool *out, struct error *err)
{
    const json_t *v = json_object_get(o, key);

    if (v && !json_is_null(v) && !json_is_boolean(v))
        return error_set(err, 500, "'%s' is not true or false", key);
    *out = v && !json_is_null(v) ? json_is_true(v) : fallback;
    return 0;
}

/* A string of an object; *out stays as it is when the key is missing. */
static int get_text(const json_t *o, const char *key, const char **out, struct error *err)
{
    const json_t *v = json_object_get(o, key);

    if (!v)
        return 0;
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return error_set(err, 500, "'%s' is not a string", key);
    *out = json_string_value(v);
    return 0;
}

static int read_normalizer(const json_t *part, struct normalizer *n, struct error *err)
{
    if (strcmp(type_of(part), "BertNormalizer") != 0)
        return refuse("normalizer", part, "BertNormalizer", err);
    if (get_flag(part, "clean_text", true, &n->clean, err) < 0 ||
        get_flag(part, "handle_chinese_chars", true, &n->chinese, err) < 0 ||
        get_flag(part, "lowercase", true, &n->lower, err) < 0)
        return -1;
    return get_flag(part, "strip_accents", n->lower, &n->strip, err);
}

static int read_model(const json_t *part, struct vocab_source *s, struct error *err)
{
    const json_t *most = json_object_get(part, "max_input_chars_per_word");
    json_t *vocab = json_object_get(part, "vocab"), *id;
    const char *text;
    size_t len;

    if (strcmp(type_of(part), "WordPiece") != 0)
        return refuse("model", part, "WordPiece", err);
    if (get_text(part, "unk_token", &s->unk, err) < 0 ||
        get_text(part, "continuing_subword_prefix", &s->prefix, err) < 0)
        return -1;
    if (most && (!json_is_integer(most) || json_integer_value(most) < 1))
        return error_set(err, 500, "'max_input_chars_per_word' is not a whole number from 1");
    if (most)
        s->max_word = (size_t)json_integer_value(most);
    if (!json_is_object(vocab))
        return error_set(err, 500, "'model' has no 'vocab' that gives each piece its id");
    json_object_keylen_foreach(vocab, text, len, id)
    {
        if (!json_is_integer(id) || json_integer_value(id) < 0)
            return error_set(err, 500, "the id of '%.*s' is not a whole number from 0", (int)unicode_cut(text, 100),
                             text);
        source_piece(s, text, len, (size_t)json_integer_value(id));
    }
    return 0;
}

static int read_added(const json_t *list, const json_t *vocab, struct vocab_source *s, struct error *err)
{
    static const struct {
        const char *key;
        uint32_t flag;
    } keys[] = {{"single_word", VOCAB_SINGLE_WORD}, {"lstrip", VOCAB_LSTRIP}, {"rstrip", VOCAB_RSTRIP}};
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        const json_t *content = json_object_get(one, "content"), *id = json_object_get(one, "id"), *known;
        uint32_t flags = 0;
        bool special = false, on = false;

        if (!json_is_string(content) || !json_is_integer(id) || json_integer_value(id) < 0)
            return error_set(err, 500, "'added_tokens[%zu]' needs a 'content' and an 'id'", i);
        known = json_object_getn(vocab, json_string_value(content), json_string_length(content));
        if (known && json_integer_value(known) != json_integer_value(id))
            return error_set(err, 500, "'%.*s' has id %lld among the added tokens and %lld in the vocabulary",
                             (int)unicode_cut(json_string_value(content), 100), json_string_value(content),
                             (long long)json_integer_value(id), (long long)json_integer_value(known));
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            if (get_flag(one, keys[k].key, false, &on, err) < 0)
                return -1;
            flags |= on ? keys[k].flag : 0;
        }
        if (get_flag(one, "special", false, &special, err) < 0 || get_flag(one, "normalized", !special, &on, err) < 0)
            return -1;
        source_added(s, json_string_value(content), json_string_length(content), (size_t)json_integer_value(id),
                     flags | (on ? VOCAB_NORMALIZED : 0));
    }
    return 0;
}

/* One item of a template: the special token's name, or the sequence's; NULL when it is neither, or of another type. */
static const char *item(const json_t *list, size_t i, const char *kind, int type)
{
    const json_t *body = json_object_get(json_array_get(list, i), kind), *id = json_object_get(body, "type_id");

    return json_is_integer(id) && json_integer_value(id) == type ? json_string_value(json_object_get(body, "id"))
                                                                 : NULL;
}

/* Only BERT's own order is what the task builds: [CLS] A [SEP] B [SEP], the first three of type 0. */
static int read_template(const json_t *pair, struct vocab_source *s, struct error *err)
{
    const char *cls = item(pair, 0, "SpecialToken", 0), *a = item(pair, 1, "Sequence", 0);
    const char *sep = item(pair, 2, "SpecialToken", 0), *b = item(pair, 3, "Sequence", 1);
    const char *last = item(pair, 4, "SpecialToken", 1);

    if (json_array_size(pair) != 5 || !cls || !a || !sep || !b || !last || strcmp(a, "A") != 0 || strcmp(b, "B") != 0 ||
        strcmp(sep, last) != 0)
        return error_set(err, 500, "the pair of 'post_processor' is not '[CLS] A [SEP] B [SEP]'");
    s->cls = cls;
    s->sep = sep;
    return 0;
}

static int read_post_processor(const json_t *part, struct vocab_source *s, struct error *err)
{
    const char *type = type_of(part);

    if (!strcmp(type, "null"))
        return 0;
    if (!strcmp(type, "TemplateProcessing"))
        return read_template(json_object_get(part, "pair"), s, err);
    if (strcmp(type, "BertProcessing") != 0)
        return refuse("post_processor", part, "TemplateProcessing' or 'BertProcessing", err);
    if (!json_is_string(json_array_get(json_object_get(part, "cls"), 0)) ||
        !json_is_string(json_array_get(json_object_get(part, "sep"), 0)))
        return error_set(err, 500, "'post_processor' needs 'cls' and 'sep'");
    s->cls = json_string_value(json_array_get(json_object_get(part, "cls"), 0));
    s->sep = json_string_value(json_array_get(json_object_get(part, "sep"), 0));
    return 0;
}

int source_from_json(const char *bytes, size_t n, struct vocab_source *s, void **document, struct error *err)
{
    json_error_t why;
    json_t *root = json_loadb(bytes, n, 0, &why);
    const json_t *model = json_object_get(root, "model"), *splitter = json_object_get(root, "pre_tokenizer");

    defaults(s);
    *document = root;
    if (!root)
        return error_set(err, 500, "line %d, column %d: %s", why.line, why.column, why.text);
    if (strcmp(type_of(splitter), "BertPreTokenizer") != 0)
        return refuse("pre_tokenizer", splitter, "BertPreTokenizer", err);
    if (read_normalizer(json_object_get(root, "normalizer"), &s->normalizer, err) < 0 || read_model(model, s, err) < 0)
        return -1;
    if (read_added(json_object_get(root, "added_tokens"), json_object_get(model, "vocab"), s, err) < 0)
        return -1;
    return read_post_processor(json_object_get(root, "post_processor"), s, err);
}
