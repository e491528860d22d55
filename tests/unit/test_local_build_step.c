/* What a step of a build asks for. */
#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "local/build_step.h"

/* Of a builder that has the variable, and of one that has not; the daemon's own is another's. */
TEST(a_build_argument_without_a_value_is_never_the_daemons)
{
    static const struct {
        const char *step, *first; /* NULL: no argument at all */
    } cases[] = {
        {"{'name': 'gcr.io/cloud-builders/docker', 'args': ['build', '--build-arg', 'HF_TOKEN', '.']}", NULL},
        {"{'name': 'gcr.io/cloud-builders/docker', 'args': ['build', '--build-arg=HF_TOKEN', '.']}", NULL},
        {"{'name': 'gcr.io/cloud-builders/docker', 'args': ['build', '--build-arg=HF_TOKEN=', '.']}", "HF_TOKEN="},
        {"{'name': 'gcr.io/cloud-builders/docker', 'args': ['build', '--build-arg=HF_TOKEN', '--build-arg', 'A=1', "
         "'.']}",
         "A=1"},
        {"{'name': 'gcr.io/cloud-builders/docker', 'env': ['HF_TOKEN_2=x', 'HF_TOKEN=y'], "
         "'args': ['build', '--build-arg', 'HF_TOKEN', '.']}",
         "HF_TOKEN=y"},
        {"{'name': 'gcr.io/kaniko-project/executor', 'args': ['--destination=a', '--build-arg=HF_TOKEN']}", NULL},
        {"{'name': 'gcr.io/kaniko-project/executor', 'args': ['--destination=a', '--build-arg', 'HF_TOKEN']}", NULL},
        {"{'name': 'gcr.io/kaniko-project/executor', 'args': ['--destination=a', '--build-arg', 'A=b']}", "A=b"},
    };

    setenv("HF_TOKEN", "of the daemon", 1);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *text = cr_strdup(cases[i].step);
        struct local_step s = {0};
        struct cr_error err = {0};
        json_t *step;

        for (char *p = text; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        step = json_loads(text, 0, NULL);
        assert_ok(local_step_read(step, &s, &err), &err);
        if (cases[i].first)
            assert_string_equal(s.build_args[0], cases[i].first);
        assert_true(!s.build_args || !s.build_args[cases[i].first != NULL]);
        local_step_clear(&s);
        json_decref(step);
    }
    unsetenv("HF_TOKEN");
}

TEST_MAIN(cmocka_unit_test(a_build_argument_without_a_value_is_never_the_daemons))
