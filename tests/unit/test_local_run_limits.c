#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/limits_service.h"
#include "core/limits_solve.h"
#include "lib/tuples.h"
#include "local/run_spec.h"

/* What the platform says, all of it in one text. New; "" when the service is accepted. */
static char *platform(const json_t *service)
{
    json_auto_t *violations = json_array();
    char *text = cr_strdup("");
    json_t *row;
    size_t i;

    local_service_check("scorer", service, violations);
    json_array_foreach(violations, i, row)
    {
        CR_AUTO_FREE char *before = text;

        assert_true(json_is_string(json_object_get(row, "field")));
        text =
            cr_format("%s%s%s", before, *before ? " | " : "", json_string_value(json_object_get(row, "description")));
    }
    return text;
}

/* Two readings of the same pages: the platform refuses what crdeploy refuses, and takes what crdeploy proposes. */
TEST(client_and_platform_agree_on_every_tuple)
{
    struct tuples table;
    size_t wrong = 0;

    tuples_load(&table);
    for (size_t i = 0; i < table.len; i++) {
        const struct tuple *t = &table.row[i];
        json_auto_t *service = tuple_service(t);
        struct cr_limits_subject s = {.service = service, .name = "scorer", .profile = CR_PROFILE_CURRENT};
        CR_AUTO_PROBLEMS struct cr_problems p = {0}, unread = {0};
        CR_AUTO_FREE char *said = NULL, *after = NULL;
        struct cr_limit_value values[CR_LIMIT_FIELD_COUNT];
        struct cr_limit_change change[CR_SOLVE_MAX];
        int n;

        if (tuple_profile(t) != CR_PROFILE_CURRENT)
            continue;
        said = platform(service);
        cr_limits_service(&s, &p);
        if ((*said == '\0') != tuple_legal(t) || (*said == '\0') != (cr_problems_errors(&p) == 0)) {
            print_message("# cpu %s memory %s %s %s gpu %s: the platform says '%s', the table '%s'\n", t->cpu,
                          t->memory, t->generation, t->billing, t->gpu, said, t->verdict);
            wrong++;
        }
        cr_limits_read(&s, values, &unread);
        n = cr_limits_solve(values, CR_PROFILE_CURRENT, change);
        for (int k = 0; k < n; k++)
            tuple_change(service, change[k].field, change[k].number);
        after = platform(service);
        if (*after && ++wrong)
            print_message("# cpu %s memory %s %s %s gpu %s: proposed, and refused: '%s'\n", t->cpu, t->memory,
                          t->generation, t->billing, t->gpu, after);
    }
    assert_int_equal(wrong, 0);
    tuples_clear(&table);
}

TEST(the_platform_speaks_as_cloud_run_does)
{
    static const struct {
        struct tuple t;
        const char *said;
    } rows[] = {
        {{"current", "0.5", "512Mi", "2", "-", "-", "-", "-", "-", "-", ""},
         "Invalid value specified for cpu. Total cpu < 1 is not supported with concurrency > 1."},
        {{"current", "0.5", "512Mi", "1", "-", "always", "-", "-", "-", "-", ""},
         "Invalid value specified for cpu. Total cpu < 1 is not supported with cpu always allocated (unthrottled)."},
        {{"current", "0.5", "512Mi", "1", "gen2", "always", "-", "-", "-", "-", ""},
         "Invalid value specified for cpu. Total cpu < 1 is not supported with gen2 execution environment with cpu "
         "always "
         "allocated (unthrottled)."},
        {{"current", "1", "512M", "-", "gen2", "-", "-", "-", "-", "-", ""},
         "Invalid value specified for memory with gen2 execution environment. For 1.0 CPU, memory must be between "
         "512Mi "
         "and 4Gi inclusive."},
        {{"current", "1", "256Mi", "-", "-", "always", "-", "-", "-", "-", ""},
         "Invalid value specified for memory. Total memory < 512 Mi is not supported with cpu always allocated "
         "(unthrottled)."},
        {{"current", "1", "256Mi", "-", "gen2", "always", "-", "-", "-", "-", ""},
         "Invalid value specified for memory. Total memory < 512 Mi is not supported with gen2 execution environment "
         "with "
         "cpu always allocated (unthrottled)."},
        {{"current", "4", "-", "-", "-", "-", "-", "-", "-", "-", ""},
         "Invalid value specified for memory. For 4.0 CPU, memory must be between 2Gi and 16Gi inclusive."},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *service = tuple_service(&rows[i].t);
        CR_AUTO_FREE char *said = platform(service);

        assert_string_equal(said, rows[i].said);
    }
}

TEST(texts_are_read_by_the_platform_too)
{
    static const struct {
        const char *service, *rule; /* NULL: accepted */
    } rows[] = {
#define C "{'template': {'containers': [{'image': 'a/b'"
        {C "}]}, 'labels': {'App': 'x'}}", "label.key"},
        {C "}]}, 'labels': {'app': 'X'}}", "label.value"},
        {C "}]}, 'labels': {'app': ''}}", NULL},
        {C "}]}, 'labels': {'app-1_x': 'a-b_c'}}", NULL},
        {C ", 'env': [{'name': 'A-B', 'value': '1'}]}]}}", "env.name"},
        {C ", 'env': [{'name': '1A', 'value': '1'}]}]}}", "env.name"},
        {C ", 'env': [{'name': '_a1', 'value': 'x y'}]}]}}", NULL},
        {C "}], 'vpcAccess': {'egress': 'ALL_TRAFFIC'}}}", "VPC egress"},
        {C "}], 'nodeSelector': {'accelerator': 'a100'}}}", "gpu.type"},
        {C "}]}, 'traffic': [{'percent': 100, 'tag': 'Canary'}]}", "tag.name"},
        {C ", 'startupProbe': {'grpc': {'service': 'x'}}}]}}", "grpc.port"},
        {C ", 'livenessProbe': {'httpGet': {}, 'periodSeconds': 3601}}]}}", "periodSeconds must be between 1 and 3600"},
        {C ", 'startupProbe': {'httpGet': {}, 'initialDelaySeconds': 241}}]}}", "initialDelaySeconds must be"},
        {C "}]}, 'scaling': {'minInstanceCount': 3, 'maxInstanceCount': 2}}", "must not be greater"},
#undef C
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *text = cr_strdup(rows[i].service), *said = NULL;
        json_auto_t *service = NULL;

        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        service = json_loads(text, 0, NULL);
        assert_non_null(service);
        said = platform(service);
        if (rows[i].rule ? !strstr(said, rows[i].rule) : *said)
            fail_msg("%s: '%s', not '%s'", text, said, rows[i].rule ? rows[i].rule : "");
    }
}

TEST_MAIN(cmocka_unit_test(client_and_platform_agree_on_every_tuple),
          cmocka_unit_test(the_platform_speaks_as_cloud_run_does), cmocka_unit_test(texts_are_read_by_the_platform_too))
