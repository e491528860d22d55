#include "lib/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "core/template.h"

struct row {
    const char *what, *text, *data, *want;
    const char *partial; /* text of the partial "p" */
};

static int find_partial(void *ud, const char *name, char **text, size_t *len, struct cr_error *err)
{
    const struct row *row = ud;

    (void)err;
    if (strcmp(name, "p") == 0 && row->partial) {
        *text = cr_strdup(row->partial);
        *len = strlen(*text);
    }
    return 0;
}

static int render(const struct row *row, enum cr_escape escape, char **out, size_t *len, struct cr_error *err)
{
    json_auto_t *data = json_loads(row->data, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct cr_template t = {.name = "t",
                            .text = row->text,
                            .len = strlen(row->text),
                            .escape = escape,
                            .partial = find_partial,
                            .ud = (void *)row};

    assert_non_null(data);
    return cr_template_render(&t, data, out, len, err);
}

static void check(const struct row *rows, size_t n, enum cr_escape escape)
{
    for (size_t i = 0; i < n; i++) {
        CR_AUTO_FREE char *out = NULL;
        struct cr_error err = {0};
        size_t len;

        if (render(&rows[i], escape, &out, &len, &err) < 0)
            fail_msg("%s: %s", rows[i].what, err.msg);
        if (strcmp(out, rows[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", rows[i].what, out, rows[i].want);
        assert_int_equal(len, strlen(out));
    }
}

TEST(interpolation)
{
    static const struct row rows[] = {
        {"plain text", "Hello {world}\n", "{}", "Hello {world}\n", NULL},
        {"a name", "Hi {{a}}.", "{\"a\":\"you\"}", "Hi you.", NULL},
        {"escaped", "{{a}}", "{\"a\":\"& \\\" < > '\"}", "&amp; &quot; &lt; &gt; &#39;", NULL},
        {"triple", "{{{a}}}", "{\"a\":\"& \\\" < >\"}", "& \" < >", NULL},
        {"ampersand", "{{&a}}", "{\"a\":\"& \\\" < >\"}", "& \" < >", NULL},
        {"integer", "{{a}} {{{a}}} {{&a}}", "{\"a\":85}", "85 85 85", NULL},
        {"decimal", "{{a}} {{b}}", "{\"a\":1.21,\"b\":-0.1}", "1.21 -0.1", NULL},
        {"boolean", "{{a}} {{b}}", "{\"a\":true,\"b\":false}", "true false", NULL},
        {"null", "({{a}})", "{\"a\":null}", "()", NULL},
        {"missing", "({{a}}) ({{{a}}}) ({{&a}})", "{}", "() () ()", NULL},
        {"dotted", "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"x\"}}}", "x", NULL},
        {"dotted, broken chain", "({{a.b.c}})", "{\"a\":{}}", "()", NULL},
        {"dotted, no outward search behind the first part", "({{#a}}{{b.c}}{{/a}})",
         "{\"a\":{\"b\":{}},\"b\":{\"c\":\"wrong\"}}", "()", NULL},
        {"dotted, in the nearest context", "{{#a}}{{b.n}}{{/a}}", "{\"a\":{\"b\":{\"n\":1}},\"b\":{\"n\":2}}", "1",
         NULL},
        {"implicit iterator at the top", "{{.}}", "\"x<\"", "x&lt;", NULL},
        {"blanks inside", "|{{ a }}|{{{ a }}}|{{& a }}|", "{\"a\":\"x\"}", "|x|x|x|", NULL},
        {"blanks around stay, alone or not", "  {{a}}\n", "{\"a\":\"x\"}", "  x\n", NULL},
        {"an object is JSON", "{{{a}}}", "{\"a\":{\"z\":1,\"b\":[true,null]}}", "{\"b\":[true,null],\"z\":1}", NULL},
        {"a value is not a template", "{{a}}{{b}}", "{\"a\":\"{{b}}\",\"b\":\"x\"}", "{{b}}x", NULL},
    };

    check(rows, CR_LEN(rows), CR_ESC_HTML);
}

TEST(sections)
{
    static const struct row rows[] = {
        {"true", "{{#a}}y{{/a}}", "{\"a\":true}", "y", NULL},
        {"false", "({{#a}}y{{/a}})", "{\"a\":false}", "()", NULL},
        {"null", "({{#a}}y{{/a}})", "{\"a\":null}", "()", NULL},
        {"missing", "({{#a}}y{{/a}})", "{}", "()", NULL},
        {"empty text", "({{#a}}y{{/a}})", "{\"a\":\"\"}", "()", NULL},
        {"zero is there", "({{#a}}{{.}}{{/a}})", "{\"a\":0}", "(0)", NULL},
        {"object pushes", "{{#a}}{{b}}{{/a}}", "{\"a\":{\"b\":\"x\"}}", "x", NULL},
        {"outer names show through", "{{#a}}{{b}}{{c}}{{/a}}", "{\"a\":{\"b\":1},\"c\":2}", "12", NULL},
        {"list", "{{#l}}{{i}}{{/l}}", "{\"l\":[{\"i\":1},{\"i\":2},{\"i\":3}]}", "123", NULL},
        {"empty list", "({{#l}}x{{/l}})", "{\"l\":[]}", "()", NULL},
        {"implicit iterator", "{{#l}}({{.}}){{/l}}", "{\"l\":[\"a\",1,2.5]}", "(a)(1)(2.5)", NULL},
        {"implicit iterator, nested lists", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "{\"l\":[[1,2],[3]]}", "(12)(3)", NULL},
        {"dotted", "{{#a.b}}y{{/a.b}}", "{\"a\":{\"b\":true}}", "y", NULL},
        {"nested alike", "{{#a}}1{{#a}}2{{/a}}3{{/a}}", "{\"a\":true}", "123", NULL},
        {"inverted, false", "{{^a}}n{{/a}}", "{\"a\":false}", "n", NULL},
        {"inverted, true", "({{^a}}n{{/a}})", "{\"a\":1}", "()", NULL},
        {"inverted, list", "({{^l}}n{{/l}})", "{\"l\":[1]}", "()", NULL},
        {"inverted, empty list", "({{^l}}n{{/l}})", "{\"l\":[]}", "(n)", NULL},
        {"inverted, missing", "({{^l}}n{{/l}})", "{}", "(n)", NULL},
        {"blanks inside", "|{{# a }}x{{/ a }}|", "{\"a\":true}", "|x|", NULL},
        {"lines of their own vanish", "| a\n{{#x}}\n| b\n{{/x}}\n| c\n", "{\"x\":true}", "| a\n| b\n| c\n", NULL},
        {"indented lines of their own vanish", "| a\n  {{#x}}\n| b\n\t{{/x}} \n| c", "{\"x\":true}", "| a\n| b\n| c",
         NULL},
        {"carriage returns", "|\r\n{{#x}}\r\n{{/x}}\r\n|", "{\"x\":true}", "|\r\n|", NULL},
        {"without a line before", "  {{#x}}\n#{{/x}}\n/", "{\"x\":true}", "#\n/", NULL},
        {"without a line after", "#{{#x}}\n/\n  {{/x}}", "{\"x\":true}", "#\n/\n", NULL},
        {"inline keeps its blanks", " | {{#x}} \n {{/x}} | \n", "{\"x\":true}", " |  \n  | \n", NULL},
        {"two on a line are not alone", " {{#x}}y{{/x}} {{#x}}n{{/x}}\n", "{\"x\":true}", " y n\n", NULL},
    };

    check(rows, CR_LEN(rows), CR_ESC_HTML);
}

TEST(comments_and_delimiters)
{
    static const struct row rows[] = {
        {"comment", "12{{! no }}34", "{}", "1234", NULL},
        {"comment of lines", "12{{!\n no\n}}34\n", "{}", "1234\n", NULL},
        {"comment alone", "a\n  {{! no }}\nb\n", "{}", "a\nb\n", NULL},
        {"comment of lines, alone", "a\n{{!\nno\n}}\nb", "{}", "a\nb", NULL},
        {"comment at the end of a line stays there", "  12 {{! 34 }}\n", "{}", "  12 \n", NULL},
        {"pair", "{{=<% %>=}}(<%a%>)", "{\"a\":\"x\"}", "(x)", NULL},
        {"special characters", "({{=[ ]=}}[a])", "{\"a\":\"x\"}", "(x)", NULL},
        {"there and back", "{{=| |=}}|a||={{ }}=|{{a}}", "{\"a\":\"x\"}", "xx", NULL},
        {"sections under other delimiters", "{{=| |=}}|#a|y|/a|", "{\"a\":true}", "y", NULL},
        {"triple under other delimiters", "{{=<% %>=}}<%{a}%>", "{\"a\":\"<\"}", "<", NULL},
        {"set alone", "a\n  {{=@ @=}}\nb@x@\n", "{\"x\":1}", "a\nb1\n", NULL},
        {"set with blanks", "|{{= @   @ =}}|", "{}", "||", NULL},
        {"partials begin with the usual ones", "{{=| |=}}|>p|", "{\"a\":1}", "1|a|", "{{a}}|a|"},
        {"a partial's are its own", "{{>p}}{{a}}", "{\"a\":1}", "11", "{{=| |=}}|a|"},
    };

    check(rows, CR_LEN(rows), CR_ESC_HTML);
}

TEST(partials)
{
    static const struct row rows[] = {
        {"inline", "({{>p}})", "{}", "(x)", "x"},
        {"unknown is nothing", "({{>q}})", "{}", "()", NULL},
        {"sees the context", "{{>p}}", "{\"a\":\"x\"}", "*x*", "*{{a}}*"},
        {"recursion ends with the data", "{{>p}}", "{\"c\":\"X\",\"n\":[{\"c\":\"Y\",\"n\":[]}]}", "X<Y<>>",
         "{{c}}<{{#n}}{{>p}}{{/n}}>"},
        {"inline keeps blanks", "| {{> p }} |\n", "{}", "| x |\n", "x"},
        {"inline does not indent", "  {{a}}  {{> p}}\n", "{\"a\":\"|\"}", "  |  >\n>\n", ">\n>"},
        {"alone, its line goes", "|\r\n{{>p}}\r\n|", "{}", "|\r\n>|", ">"},
        {"alone, without a line before", "  {{>p}}\n>", "{}", "  >\n  >>", ">\n>"},
        {"alone, without a line after", ">\n  {{>p}}", "{}", ">\n  >\n  >", ">\n>"},
        {"indents lines, not values", "\\\n {{>p}}\n/\n", "{\"a\":\"<\\n->\"}", "\\\n |\n <\n->\n |\n/\n",
         "|\n{{{a}}}\n|\n"},
    };

    check(rows, CR_LEN(rows), CR_ESC_HTML);
}

TEST(values_stay_in_their_place)
{
    static const struct {
        enum cr_escape kind;
        struct row row;
    } rows[] = {
        {CR_ESC_C, {"c quotes", "\"{{a}}\"", "{\"a\":\"a\\\"b\\\\n\\n\"}", "\"a\\042b\\134n\\012\"", NULL}},
        {CR_ESC_C, {"c octal takes no digit in", "\"{{a}}\"", "{\"a\":\"\\u00011\"}", "\"\\0011\"", NULL}},
        {CR_ESC_C, {"c trigraphs", "\"{{a}}\"", "{\"a\":\"?\\u003f/\"}", "\"\\077\\077/\"", NULL}},
        {CR_ESC_C, {"c comments", "/* {{a}} */", "{\"a\":\"*/ int x; /*\"}", "/* *\\057 int x; /\\052 */", NULL}},
        {CR_ESC_C, {"c keeps UTF-8", "\"{{a}}\"", "{\"a\":\"é\"}", "\"é\"", NULL}},
        {CR_ESC_C, {"c numbers", "{{a}}", "{\"a\":8080}", "8080", NULL}},
        {CR_ESC_JSON, {"json", "\"{{a}}\"", "{\"a\":\"\\\"\\\\\\n<é\"}", "\"\\\"\\\\\\n<é\"", NULL}},
        {CR_ESC_JSON, {"json raw", "{{{a}}}", "{\"a\":{\"b\":\"\\\"\"}}", "{\"b\":\"\\\"\"}", NULL}},
        {CR_ESC_NONE, {"none", "{{a}}", "{\"a\":\"<\\\"&\\n\"}", "<\"&\n", NULL}},
        {CR_ESC_DOCKERFILE,
         {"dockerfile", "LABEL a=\"{{a}}\"", "{\"a\":\"<&> 'x' $HOME \\\"\\\\\"}",
          "LABEL a=\"<&> 'x' \\$HOME \\\"\\\\\"", NULL}},
        {CR_ESC_DOCKERFILE, {"dockerfile raw", "FROM {{{a}}}", "{\"a\":\"x$y\"}", "FROM x$y", NULL}},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++)
        check(&rows[i].row, 1, rows[i].kind);
}

TEST(kinds_follow_names)
{
    static const struct {
        const char *name;
        enum cr_escape kind;
    } rows[] = {
        {"Dockerfile", CR_ESC_DOCKERFILE},
        {"Dockerfile.mustache", CR_ESC_DOCKERFILE},
        {"a/b.c.mustache", CR_ESC_C},
        {"b.h", CR_ESC_C},
        {"x.json.mustache", CR_ESC_JSON},
        {"index.html", CR_ESC_HTML},
        {"README", CR_ESC_HTML},
        {"a.c/page.mustache", CR_ESC_HTML},
        {".dockerignore", CR_ESC_DOCKERFILE},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++)
        assert_int_equal(cr_escape_of(rows[i].name), rows[i].kind);
}

TEST(faults_have_a_place)
{
    static const struct {
        enum cr_escape kind;
        struct row row; /* want: how the message begins */
    } rows[] = {
        {CR_ESC_HTML, {"", "a\n  {{#x}}\nb", "{}", "t:2:3: the section 'x' is not closed", NULL}},
        {CR_ESC_HTML, {"", "é{{#x}}{{/y}}", "{}", "t:1:8: 'y' is closed where 'x' is open", NULL}},
        {CR_ESC_HTML, {"", "\n{{/y}}", "{}", "t:2:1: 'y' is closed but was not opened", NULL}},
        {CR_ESC_HTML, {"", "{{a", "{}", "t:1:1: the tag is not closed with '}}'", NULL}},
        {CR_ESC_HTML, {"", "{{{a}} ", "{}", "t:1:1: the tag is not closed with '}}}'", NULL}},
        {CR_ESC_HTML, {"", "{{ }}", "{}", "t:1:1: the tag is empty", NULL}},
        {CR_ESC_HTML, {"", "{{a b}}", "{}", "t:1:1: the name 'a b' has a blank", NULL}},
        {CR_ESC_HTML, {"", "{{=x=}}", "{}", "t:1:1: set two delimiters", NULL}},
        {CR_ESC_HTML, {"", "{{=a b c=}}", "{}", "t:1:1: set two delimiters", NULL}},
        {CR_ESC_HTML, {"", "{{<a}}{{/a}}", "{}", "t:1:1: inheritance", NULL}},
        {CR_ESC_HTML, {"", "{{>p}}", "{}", "p:1:2: sections and partials stand more than", "x{{>p}}"}},
        {CR_ESC_HTML, {"", "{{>p}}", "{}", "p:2:3: '", "x\ny {{/z}}"}},
        {CR_ESC_HTML, {"", "  {{>p}}", "{}", "p:1:1: 'z' is closed", "{{/z}}"}},
        {CR_ESC_DOCKERFILE,
         {"", "FROM {{a}}", "{\"a\":\"x\\nRUN evil\"}", "t:1:6: 'a': the value has the control", NULL}},
        {CR_ESC_DOCKERFILE, {"", "FROM {{{a}}}", "{\"a\":\"x\\rRUN\"}", "t:1:6: 'a': the value has the control", NULL}},
        {CR_ESC_DOCKERFILE,
         {"", "FROM {{{a}}}\n", "{\"a\":\"x\\\\\"}", "t:1:6: 'a': the value ends with a back", NULL}},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char *out = NULL;
        struct cr_error err = {0};
        size_t len;

        assert_int_equal(render(&rows[i].row, rows[i].kind, &out, &len, &err), -1);
        assert_null(out);
        assert_int_equal(err.code, CR_E_CONFIG);
        if (strncmp(err.msg, rows[i].row.want, strlen(rows[i].row.want)) != 0)
            fail_msg("got '%s', want '%s…'", err.msg, rows[i].row.want);
    }
}

TEST(output_and_work_have_ceilings)
{
    json_auto_t *data = json_object();
    json_t *list = json_array();
    const char *text = "{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}";
    struct cr_template t = {.name = "t", .text = "12345", .len = 5, .max = 4};
    struct cr_error err = {0};
    char *out;

    assert_int_equal(cr_template_render(&t, data, &out, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "over 4 bytes"));
    for (int i = 0; i < 1000; i++)
        json_array_append_new(list, json_integer(i));
    json_object_set_new(data, "l", list);
    t = (struct cr_template){.name = "t", .text = text, .len = strlen(text)};
    assert_int_equal(cr_template_render(&t, data, &out, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "does not come to an end"));
    t = (struct cr_template){.name = "t", .text = "a\0b", .len = 3};
    assert_int_equal(cr_template_render(&t, data, &out, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "t:1:2: a NUL byte"));
}

TEST_MAIN(cmocka_unit_test(interpolation), cmocka_unit_test(sections), cmocka_unit_test(comments_and_delimiters),
          cmocka_unit_test(partials), cmocka_unit_test(values_stay_in_their_place),
          cmocka_unit_test(kinds_follow_names), cmocka_unit_test(faults_have_a_place),
          cmocka_unit_test(output_and_work_have_ceilings))
