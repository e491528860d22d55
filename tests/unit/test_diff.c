#include "lib/test.h"

#include "base/auto.h"
#include "core/diff.h"

/* All rows as text, one a line. New. */
static char *told(const json_t *rows)
{
    char *all = cr_strdup("");
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)rows, i, row)
    {
        CR_AUTO_FREE char *text = cr_diff_text(row), *before = all;

        all = cr_format("%s%s\n", before, text);
    }
    return all;
}

TEST(what_differs_is_named_by_its_field)
{
    static const struct {
        const char *from, *to, *want;
    } rows[] = {
        {"{}", "{}", ""},
        {"{'template':{'containers':[{'resources':{'limits':{'cpu':'1','memory':'2Gi'}}}]}}",
         "{'template':{'containers':[{'resources':{'limits':{'cpu':'1','memory':'3G'}}}]}}",
         "template.containers[0].resources.limits.memory: \"2Gi\" -> \"3G\"\n"},
        {"{'template':{'containers':[{'env':[{'name':'A','value':'1'},{'name':'B','value':'2'}]}]}}",
         "{'template':{'containers':[{'env':[{'name':'B','value':'2'},{'name':'C','value':'3'}]}]}}",
         "template.containers[0].env[A].value: \"1\" -> (none)\n"
         "template.containers[0].env[C].value: (none) -> \"3\"\n"},
        {"{'template':{'containers':[{'env':[{'name':'A'}]}]}}", "{'template':{'containers':[{'image':'i'}]}}",
         "template.containers[0].env[A]: {\"name\": \"A\"} -> (none)\ntemplate.containers[0].image: (none) -> \"i\"\n"},
        /* Absent and empty are the same; what only forces a revision is nothing. */
        {"{'description':'','template':{'sessionAffinity':false,'revision':'s-1','labels':{'client.knative.dev/nonce':"
         "'a'}}}",
         "{'template':{'labels':{'client.knative.dev/nonce':'b'},'scaling':{'minInstanceCount':0}}}", ""},
        /* What the platform answers is not compared. */
        {"{'uri':'a','etag':'1','client':'gcloud','labels':{'a':'1'}}", "{'uri':'b','labels':{'a':'2'}}",
         "labels.a: \"1\" -> \"2\"\n"},
        {"{'traffic':[{'type':'L','percent':100}]}", "{'traffic':[{'type':'R','revision':'x','percent':100}]}",
         "traffic[0].type: \"L\" -> \"R\"\ntraffic[0].revision: (none) -> \"x\"\n"},
        {"{'customAudiences':['a']}", "{'customAudiences':['a','b']}", "customAudiences: [\"a\"] -> [\"a\", \"b\"]\n"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *a = cr_strdup(rows[i].from), *b = cr_strdup(rows[i].to), *got = NULL;
        json_auto_t *from = NULL, *to = NULL, *diff = NULL;

        for (char *p = a; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        for (char *p = b; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        from = json_loads(a, 0, NULL);
        to = json_loads(b, 0, NULL);
        assert_non_null(from);
        assert_non_null(to);
        diff = cr_diff_service(from, to);
        got = told(diff);
        assert_string_equal(got, rows[i].want);
    }
}

TEST(what_is_kept_has_no_values_of_variables)
{
    json_auto_t *service = json_pack("{s:s, s:{s:[{s:s, s:[{s:s, s:s}]}]}}", "uri", "u", "template", "containers",
                                     "image", "i", "env", "name", "KEY", "value", "hunter2");
    json_auto_t *kept = cr_diff_keep(service), *again = cr_diff_keep(service), *none = cr_diff_service(kept, again);
    CR_AUTO_FREE char *text = json_dumps(kept, 0);

    assert_null(strstr(text, "hunter2"));
    assert_null(strstr(text, "uri"));
    assert_non_null(strstr(text, "KEY"));
    assert_int_equal(json_array_size(none), 0);
}

TEST_MAIN(cmocka_unit_test(what_differs_is_named_by_its_field),
          cmocka_unit_test(what_is_kept_has_no_values_of_variables))
