#include "lib/test.h"

#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "lib/edit_rows.h"

#define SECRET "{'name':'T','valueSource':{'secretKeyRef':{'secret':'tok','version':'1'}}}"
#define LIVE "{'env':[{'name':'A','value':'1'},{'name':'B'}," SECRET "]}"
#define ENV(rows) "{'env':[" rows "]}"

TEST(variables_are_set_updated_and_removed)
{
    static const struct edit_row rows[] = {
        {NULL, "--set-env-vars=A=1,B=x=y", ENV("{'name':'A','value':'1'},{'name':'B','value':'x=y'}")},
        {NULL, "--set-env-vars=A=1,B=2,A=3", ENV("{'name':'A','value':'3'},{'name':'B','value':'2'}")},
        {NULL, "--set-env-vars=^@^A=1,2@B=3", ENV("{'name':'A','value':'1,2'},{'name':'B','value':'3'}")},
        {NULL, "--set-env-vars=A=", ENV("{'name':'A','value':''}")},
        {NULL, "--set-env-vars=A=1, B= 2", ENV("{'name':'A','value':'1'},{'name':'B','value':' 2'}")},
        {NULL, "--update-env-vars=A-B=gr\xc3\xbc\xc3\x9f dich",
         ENV("{'name':'A-B','value':'gr\xc3\xbc\xc3\x9f dich'}")},
        {LIVE, "--update-env-vars=B=2,C=3",
         ENV("{'name':'A','value':'1'},{'name':'B','value':'2'}," SECRET ",{'name':'C','value':'3'}")},
        {LIVE, "--update-env-vars=C=3 --update-env-vars=A=2",
         ENV("{'name':'A','value':'2'},{'name':'B'}," SECRET ",{'name':'C','value':'3'}")},
        {LIVE, "--remove-env-vars=A,NOPE", ENV("{'name':'B'}," SECRET)},
        {LIVE, "--remove-env-vars=A,B --update-env-vars=A=2", ENV(SECRET ",{'name':'A','value':'2'}")},
        {LIVE, "--remove-env-vars=T", LIVE}, /* a secret is not theirs */
        {LIVE, "--set-env-vars=A=2", ENV(SECRET ",{'name':'A','value':'2'}")},
        {LIVE, "--set-env-vars=A=2 --set-env-vars=D=4",
         ENV(SECRET ",{'name':'A','value':'2'},{'name':'D','value':'4'}")},
        {LIVE, "--set-env-vars=", LIVE},
        {LIVE, "--clear-env-vars", ENV(SECRET)},
        {ENV("{'name':'A','value':'1'}"), "--clear-env-vars", "{}"},
    };

    EDIT_ROWS(rows);
}

TEST(each_container_has_variables_of_its_own)
{
    static const struct edit_row rows[] = {
        {"{'containers':[{'name':'a','ports':[{'containerPort':1}]},{'name':'b'}]}",
         "--container=a --set-env-vars=X=1 --container=b --set-env-vars=Y=2",
         "{'containers':[{'name':'a','ports':[{'containerPort':1}],'env':[{'name':'X','value':'1'}]},"
         "{'name':'b','env':[{'name':'Y','value':'2'}]}]}"},
        {"{'containers':[{'name':'a','ports':[{'containerPort':1}]},{'name':'b'}]}", "--update-env-vars=X=1",
         "{'containers':[{'name':'a','ports':[{'containerPort':1}],'env':[{'name':'X','value':'1'}]},{'name':'b'}]}"},
    };

    EDIT_ROWS(rows);
}

TEST(names_that_cannot_be_are_refused)
{
    static const struct edit_row rows[] = {
        {NULL, "--set-env-vars=X_GOOGLE_FOO=x", "!'X_GOOGLE_FOO' begins with X_GOOGLE_"},
        {NULL, "--remove-env-vars=X_GOOGLE_FOO", "!reserved"},
        {NULL, "--set-env-vars==x", "!no key"},
        {NULL, "--set-env-vars=JUSTKEY", "!'JUSTKEY' has no '='"},
        {LIVE, "--update-env-vars=T=x", "!--remove-secrets T"},
        {LIVE, "--set-env-vars=T=x", "!'T' is set from a secret"},
    };

    EDIT_ROWS(rows);
}

/* The row's flags are --env-vars-file of a file that holds this. */
static void check_file(const char *content, const char *after)
{
    char dir[] = "/tmp/crdeploy-test-XXXXXX";
    struct cr_error err = {0};
    CR_AUTO_FREE char *path = NULL, *flags = NULL;

    assert_non_null(mkdtemp(dir));
    path = cr_path_join(dir, "env.yaml");
    flags = cr_format("--env-vars-file=%s", path);
    if (content)
        assert_ok(cr_file_write(path, content, strlen(content), 0600, &err), &err);
    edit_rows_check(&(struct edit_row){LIVE, flags, after}, 1);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(a_file_says_all_of_them)
{
    check_file("A: \"1\"\nC: some text\nD: ''\n",
               ENV(SECRET ",{'name':'A','value':'1'},{'name':'C','value':'some text'},{'name':'D','value':''}"));
    check_file("{\"A\": \"1\", \"B\": \"x,y\"}\n", ENV(SECRET ",{'name':'A','value':'1'},{'name':'B','value':'x,y'}"));
    check_file("A: 8080:80\nB: 1.2.3\nC: 10.0.0.2:22\n",
               ENV(SECRET ",{'name':'A','value':'8080:80'},{'name':'B','value':'1.2.3'},"
                          "{'name':'C','value':'10.0.0.2:22'}"));
    check_file("{}\n", LIVE);
}

TEST(values_of_a_file_must_be_text)
{
    check_file("A: 1\n", "!A: the value of a variable must be text");
    check_file("A: true\n", "!put it in quotes, such as A: \"1\"");
    check_file("A: yes\n", "!must be text");
    check_file("A: n\n", "!must be text");
    check_file("A: 2026-01-31\n", "!must be text");
    check_file("A: 12:30\n", "!must be text");
    check_file("A: 1_000\n", "!must be text");
    check_file("A:\n", "!must be text");
    check_file("A: [1]\n", "!must be text");
    check_file("A: 'x'\nB: 1\nC: 2\n", "!2 problems");
    check_file("- A\n", "!no mapping");
    check_file("", "!no mapping");
    check_file("A: 'x'\nA: 'y'\n", "!A");
    check_file("A: 'x\n", "!env.yaml:");
    check_file("X_GOOGLE_A: 'x'\n", "!reserved");
    check_file(NULL, "!env.yaml");
}

TEST_MAIN(cmocka_unit_test(variables_are_set_updated_and_removed),
          cmocka_unit_test(each_container_has_variables_of_its_own), cmocka_unit_test(names_that_cannot_be_are_refused),
          cmocka_unit_test(a_file_says_all_of_them), cmocka_unit_test(values_of_a_file_must_be_text))
