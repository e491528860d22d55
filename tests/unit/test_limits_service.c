#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/limits_service.h"
#include "core/limits_solve.h"
#include "lib/tuples.h"

#define MI ((int64_t)1 << 20)
#define GI ((int64_t)1 << 30)

static struct cr_limits_subject subject_of(const json_t *service, enum cr_profile profile)
{
    return (struct cr_limits_subject){
        .service = service, .name = "scorer", .region = "us-central1", .profile = profile};
}

/* Is the rule named in the verdict, as a word of its own? */
static bool names(const char *verdict, const char *rule)
{
    size_t len = strlen(rule);

    for (const char *at = verdict; (at = strstr(at, rule)); at += len)
        if ((at == verdict || at[-1] == ' ') && (!at[len] || at[len] == ' '))
            return true;
    return false;
}

static size_t words(const char *text)
{
    size_t n = *text != '\0';

    for (; *text; text++)
        n += *text == ' ';
    return n;
}

/* "cpu.memory ~probe.order": the rules that are broken, "~" before those that warn. New. */
static char *rules_of(const struct cr_problems *p)
{
    char *rules = cr_strdup("");

    for (size_t i = 0; i < p->len; i++) {
        CR_AUTO_FREE char *before = rules;

        rules = cr_format("%s%s%s%s", before, *before ? " " : "", p->row[i].warning ? "~" : "", p->row[i].rule);
    }
    return rules;
}

TEST(every_tuple_gets_the_verdict_of_the_table)
{
    struct tuples table;
    size_t wrong = 0;

    tuples_load(&table);
    for (size_t i = 0; i < table.len; i++) {
        const struct tuple *t = &table.row[i];
        json_auto_t *service = tuple_service(t);
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        CR_AUTO_FREE char *rules = NULL;
        struct cr_limits_subject s = subject_of(service, tuple_profile(t));
        bool same;

        cr_limits_service(&s, &p);
        same = strcmp(t->verdict, "ok") == 0 ? p.len == 0 : p.len == words(t->verdict);
        for (size_t k = 0; k < p.len; k++) {
            CR_AUTO_FREE char *rule = cr_format("%s%s", p.row[k].warning ? "~" : "", p.row[k].rule);

            same = same && names(t->verdict, rule) && *p.row[k].hint && *p.row[k].source;
        }
        rules = rules_of(&p);
        if (!same && ++wrong)
            print_message("# %s cpu %s memory %s concurrency %s %s %s gpu %s timeout %s min %s max %s: %s, not %s\n",
                          t->profile, t->cpu, t->memory, t->concurrency, t->generation, t->billing, t->gpu, t->timeout,
                          t->min, t->max, *rules ? rules : "ok", t->verdict);
    }
    assert_int_equal(wrong, 0);
    tuples_clear(&table);
}

/* ---- the nearest legal set ---- */

static const int64_t cpus[] = {80, 250, 499, 500, 999, 1000, 2000, 4000, 6000, 8000, 20000};
static const int64_t sizes[] = {128 * MI, 512 * MI, GI, 2 * GI, 4 * GI, 8 * GI, 16 * GI, 24 * GI, 32 * GI, 80 * GI};
static const int64_t requests[] = {1, 2, 80, 1000}, generations[] = {0, 1, 2}, modes[] = {0, 1}, types[] = {0, 1, 2};
static const int64_t times[] = {1, 300, 900, 3600}, instances[] = {0, 1, 2, 5, 100, 1000};

/* Legal values of every field that a user meets. */
static const struct grid {
    enum cr_limit_field field;
    const int64_t *number;
    size_t len;
} grids[] = {
    {CR_LIMIT_CPU, cpus, CR_LEN(cpus)},
    {CR_LIMIT_MEMORY, sizes, CR_LEN(sizes)},
    {CR_LIMIT_CONCURRENCY, requests, CR_LEN(requests)},
    {CR_LIMIT_GENERATION, generations, CR_LEN(generations)},
    {CR_LIMIT_BILLING, modes, CR_LEN(modes)},
    {CR_LIMIT_GPU, modes, CR_LEN(modes)},
    {CR_LIMIT_GPU_TYPE, types, CR_LEN(types)},
    {CR_LIMIT_TIMEOUT, times, CR_LEN(times)},
    {CR_LIMIT_MIN_INSTANCES, instances, CR_LEN(instances)},
    {CR_LIMIT_MAX_INSTANCES, instances, CR_LEN(instances)},
};

/* Whether changing `left` more fields, from grid `from` on, makes it legal. */
static bool brute(struct cr_limit_value *v, enum cr_profile profile, size_t from, int left)
{
    if (!left)
        return cr_limits_legal(v, profile);
    for (size_t g = from; g < CR_LEN(grids); g++) {
        int64_t asked = v[grids[g].field].number;

        for (size_t i = 0; i < grids[g].len; i++) {
            v[grids[g].field].number = grids[g].number[i];
            if (brute(v, profile, g + 1, left - 1))
                return true;
        }
        v[grids[g].field].number = asked;
    }
    return false;
}

TEST(every_proposed_set_is_legal_and_none_is_smaller)
{
    struct tuples table;

    tuples_load(&table);
    for (size_t i = 0; i < table.len; i++) {
        const struct tuple *t = &table.row[i];
        json_auto_t *service = tuple_service(t);
        enum cr_profile profile = tuple_profile(t);
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_limit_value values[CR_LIMIT_FIELD_COUNT], trial[CR_LIMIT_FIELD_COUNT];
        struct cr_limit_change change[CR_SOLVE_MAX];
        struct cr_limits_subject s = subject_of(service, profile);
        int n;

        cr_limits_read(&s, values, &p);
        assert_int_equal(p.len, 0);
        n = cr_limits_solve(values, profile, change);
        assert_true(n >= 0 && (n == 0) == tuple_legal(t));
        for (int less = 0; less < n; less++) {
            memcpy(trial, values, sizeof(trial));
            if (brute(trial, profile, 0, less))
                fail_msg("cpu %s memory %s gpu %s: %d changes, where %d do", t->cpu, t->memory, t->gpu, n, less);
        }
        for (int k = 0; k < n; k++)
            values[change[k].field].number = change[k].number;
        assert_true(cr_limits_legal(values, profile));
    }
    tuples_clear(&table);
}

/* ---- whole services ---- */

/* The first fault of a service, "RULE at PLACE: HINT", or "". New. */
static char *first_fault(const json_t *service, const struct cr_edits *edits, enum cr_profile profile)
{
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_limits_subject s = subject_of(service, profile);

    s.edits = edits;
    cr_limits_service(&s, &p);
    return p.len ? cr_format("%s at %s: %s", p.row[0].rule, p.row[0].place, p.row[0].hint) : cr_strdup("");
}

TEST(what_is_odd_about_a_service_is_said)
{
#define C "{'template': {'containers': [{'image': 'a.io/b/c:v1'"
#define END "}]}}"
#define TWO(a, b) \
    "{'template': {'containers': [{'image': 'a/b', 'name': 'a'" a "}, {'image': 'a/c', 'name': 'b'" b "}]}}"
    static const struct {
        const char *service, *want; /* "" is nothing; else the beginning of what is said */
    } rows[] = {
        {C END, ""},
        {C ", 'resources': {'limits': {'memory': '2GB'}}" END, "quantity.form at : write 2G or 2Gi"},
        {C ", 'resources': {'limits': {'memory': '2 Gi'}}" END, "quantity.form at : write 2Gi"},
        {C ", 'resources': {'limits': {'cpu': 'two'}}" END, "quantity.form at : write a number"},
        {C ", 'resources': {'limits': {'cpu': '0.5', 'memory': '512Mi'}}" END, "cpu.billing at : use --cpu-throttling"},
        {C ", 'resources': {'limits': {'nvidia.com/gpu': 'one'}, 'cpuIdle': true}" END, "quantity.form at : write 1"},
        {C ", 'env': [{'name': 'PORT', 'value': '1'}]" END, "env.reserved at : remove it, and use --port"},
        {C ", 'env': [{'name': 'K_REVISION', 'value': '1'}]" END, "env.reserved at : remove it"},
        {C ", 'env': [{'name': 'X_GOOGLE_A', 'value': '1'}]" END, "env.google at : remove it"},
        {C ", 'env': [{'name': 'a-b.c', 'value': '1'}]" END, "env.name at : write a_b_c"},
        {C ", 'env': [{'name': '9', 'value': '1'}]" END, "env.name at : write _9"},
        {C ", 'env': [{'name': 'A', 'value': '1'}, {'name': 'A', 'value': '2'}]" END, "env.twice"},
        {C ", 'args': ['--at=$(HOME)']" END, "env.reference"},
        {C ", 'ports': [{'containerPort': 70000}]" END, "port.range at : use --port 65535"},
        {C ", 'ports': [{'name': 'grpc', 'containerPort': 1}]" END, "port.name at : "},
        {C ", 'ports': [{'containerPort': 1}, {'containerPort': 2}]" END, "port.one"},
        {C ", 'startupProbe': {'httpGet': {'path': '/a'}, 'tcpSocket': {'port': 1}}" END, "probe.handler"},
        {C ", 'startupProbe': {'grpc': {'service': 'x'}}" END, "probe.grpc"},
        {C ", 'startupProbe': {'httpGet': {'path': 'a'}}" END, "probe.path at : write /a"},
        {C ", 'startupProbe': {'periodSeconds': 241}" END, "probe.period at : use --startup-probe periodSeconds=240"},
        {C ", 'startupProbe': {'periodSeconds': 0}" END, "probe.period at : use --startup-probe periodSeconds=1"},
        {C ", 'startupProbe': {'timeoutSeconds': 20}" END,
         "probe.order at : use --startup-probe timeoutSeconds=10, or"},
        {C ", 'startupProbe': {'periodSeconds': 60, 'failureThreshold': 11}" END, "probe.start"},
        {C ", 'livenessProbe': {'httpGet': {}, 'periodSeconds': 3601}" END, "probe.period"},
        {C ", 'livenessProbe': {'tcpSocket': {'port': 1}}" END, "probe.tcp"},
        {C ", 'readinessProbe': {'periodSeconds': 5}" END, "probe.none"},
        {C ", 'volumeMounts': [{'name': 'v', 'mountPath': 'v'}]" END, "mount.path at : write /v"},
        {C ", 'volumeMounts': [{'name': 'v', 'mountPath': '/v/../w'}]" END, "mount.parts"},
        {C ", 'volumeMounts': [{'name': 'v', 'mountPath': '/v/'}]" END, "mount.end"},
        {C ", 'volumeMounts': [{'name': 'v', 'mountPath': '/v'}]" END, "mount.volume"},
        {C "}], 'volumes': [{'name': 'cloudsql', 'gcs': {'bucket': 'b'}}]}}", "volume.cloudsql"},
        {C "}], 'volumes': [{'name': 'm', 'emptyDir': {'sizeLimit': '1GB'}}]}}", "quantity.form at : write 1G or 1Gi"},
        {C "}], 'volumes': [{'name': 'm', 'emptyDir': {'sizeLimit': '1Gi'}}]}}", "volume.memory"},
        {C "}], 'vpcAccess': {'egress': 'ALL_TRAFFIC'}}}", "network.egress"},
        {C "}], 'vpcAccess': {'egress': 'ALL_TRAFFIC', 'networkInterfaces': [{'network': 'default'}]}}}", ""},
        {C "}], 'revision': 'other-1'}}", "revision.prefix"},
        {C "}], 'revision': 'scorer-V1'}}", "name.revision at : write scorer-v1"},
        {C "}], 'nodeSelector': {'accelerator': 'nvidia-l5'}}}", "gpu.type at : did you mean nvidia-l4?"},
        {C "}], 'nodeSelector': {'accelerator': 'nvidia-l4'}}}", ""},
        {C "}], 'labels': {'client.knative.dev/nonce': 'aaaaaaaaaa'}}}", ""},
        {C "}]}, 'labels': {'Team': 'a'}}", "label.key at : write team"},
        {C "}]}, 'labels': {'team': 'v1.0'}}", "label.value at : write v1-0"},
        {C "}]}, 'labels': {'cloud.googleapis.com/location': 'us-central1'}}", ""},
        {C "}]}, 'traffic': [{'percent': 50}, {'percent': 40}]}", "traffic.sum at : use percents that add up to 100"},
        {C "}]}, 'traffic': [{'percent': 150}, {'percent': -50}]}", "traffic.percent"},
        {C "}]}, 'traffic': [{'percent': 100, 'tag': 'Blue'}]}", "tag.name at : write blue"},
        {C "}]}, 'scaling': {'minInstanceCount': 3, 'maxInstanceCount': 2}}",
         "scaling.order at : use --min 2, or --max 3"},
        {"{'template': {'containers': [{'image': 'a b'}]}}", "image.reference at : such as"},
        {"{'template': {'containers': [{'image': 'https://a.io/B:V'}]}}", "image.reference at : write a.io/b:V"},
        {"{'template': {'containers': [{'image': 'gcr.io/P/x'}]}}", "image.reference"},
        {"{'template': {'containers': [{'image': 'gcr.io/p/x@sha256:1'}]}}", "image.reference"},
        {"{'template': {'containers': [{'image': 'localhost:5000/a__b/x--y:V_1'}]}}", ""},
        {TWO(", 'ports': [{'containerPort': 8080}]", ""), ""},
        {TWO("", ""), "containers.port"},
        {TWO(", 'ports': [{'containerPort': 1}]", ", 'ports': [{'containerPort': 2}]"), "containers.port"},
        /* sums: 1 CPU and 500m are legal together, and 512Mi twice are 1Gi */
        {TWO(", 'ports': [{'containerPort': 1}]",
             ", 'resources': {'limits': {'cpu': '500m', 'memory': '3584Mi'}, 'cpuIdle': true}"),
         ""},
        {TWO(", 'ports': [{'containerPort': 1}]",
             ", 'resources': {'limits': {'cpu': '500m', 'memory': '3585Mi'}, 'cpuIdle': true}"),
         "cpu.memory"},
        {TWO(", 'ports': [{'containerPort': 1}]", ", 'resources': {'limits': {'cpu': '3'}, 'cpuIdle': true}"),
         "cpu.set"},
        {TWO(", 'ports': [{'containerPort': 1}]", ", 'livenessProbe': {'grpc': {}}"), "probe.grpc"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_error_t where;
        json_auto_t *service = NULL;
        CR_AUTO_FREE char *text = cr_strdup(rows[i].service), *said = NULL;

        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        service = json_loads(text, 0, &where);
        if (!service)
            fail_msg("%s: %s", text, where.text);
        said = first_fault(service, NULL, CR_PROFILE_CURRENT);
        if (*rows[i].want ? strncmp(said, rows[i].want, strlen(rows[i].want)) != 0 : *said)
            fail_msg("%s: '%s', not '%s'", text, said, rows[i].want);
    }
}

TEST(names_and_regions_have_a_nearest_one)
{
    static const struct {
        const char *name, *region, *want;
    } rows[] = {
        {"scorer", "us-central1", ""},
        {"9scorer", "us-central1", "write scorer"},
        {"Scorer", "us-central1", "write scorer"},
        {"scorer", "us-centrall", "did you mean us-central1?"},
        {"scorer", "nowhere1", "such as us-central1"},
    };
    json_auto_t *service = json_pack("{s:{s:[{s:s}]}}", "template", "containers", "image", "a/b");

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_limits_subject s = {
            .service = service, .name = rows[i].name, .region = rows[i].region, .profile = CR_PROFILE_CURRENT};

        cr_limits_service(&s, &p);
        assert_int_equal(p.len, *rows[i].want != '\0');
        assert_true(!p.len || strncmp(p.row[0].hint, rows[i].want, strlen(rows[i].want)) == 0);
        s.profile = CR_PROFILE_NONE;
        cr_problems_clear(&p);
        cr_limits_service(&s, &p);
        assert_int_equal(p.len, 0);
    }
}

TEST(a_place_is_that_of_the_edit_which_said_it)
{
    struct cr_edits edits = {.row = {{.flag = CR_FLAG_CPU, .text = "2", .place = "crdeploy.yaml:7:8"},
                                     {.flag = CR_FLAG_CPU, .text = "4", .place = "--cpu"},
                                     {.flag = CR_FLAG_MEMORY, .text = "1Gi", .place = "crdeploy.yaml:8:11"}},
                             .len = 3};
    json_auto_t *service = json_pack("{s:{s:[{s:s, s:{s:{s:s, s:s}, s:b}}]}}", "template", "containers", "image", "a/b",
                                     "resources", "limits", "cpu", "4", "memory", "1Gi", "cpuIdle", 1);
    CR_AUTO_FREE char *said = first_fault(service, &edits, CR_PROFILE_CURRENT), *empty = NULL;

    assert_string_equal(said, "cpu.memory at crdeploy.yaml:8:11: use memory: 2Gi, or --cpu 2");
    edits.row[1].text = "";
    empty = first_fault(service, &edits, CR_PROFILE_CURRENT);
    assert_string_equal(empty, "quantity.form at --cpu: write a number such as 2, 0.5 or 500m");
}

/* Boost and a probe that crdeploy adds by itself are no wish of anybody's. */
TEST(what_crdeploy_adds_is_not_held_against_2020)
{
    struct cr_edits none = {.len = 0},
                    boost = {.row = {{.flag = CR_FLAG_CPU_BOOST, .text = "true", .place = "--cpu-boost"}}, .len = 1};
    json_auto_t *service =
        json_pack("{s:{s:[{s:s, s:{s:{s:s, s:s}, s:b, s:b}, s:{s:{s:s}}}], s:i}}", "template", "containers", "image",
                  "a/b", "resources", "limits", "cpu", "2", "memory", "3G", "cpuIdle", 1, "startupCpuBoost", 1,
                  "startupProbe", "httpGet", "path", "/ready", "maxInstanceRequestConcurrency", 1);
    CR_AUTO_FREE char *said = first_fault(service, &none, CR_PROFILE_2020_11);
    CR_AUTO_FREE char *asked = first_fault(service, &boost, CR_PROFILE_2020_11);

    assert_string_equal(said, "");
    assert_string_equal(asked, "boost.known at --cpu-boost: use --no-cpu-boost");
}

/* ---- what the live service breaks already ---- */

static json_t *one_container(const char *cpu, const char *memory, const char *variable)
{
    return json_pack("{s:{s:[{s:s, s:{s:{s:s, s:s}, s:b}, s:[{s:s, s:s}]}]}}", "template", "containers", "image", "a/b",
                     "resources", "limits", "cpu", cpu, "memory", memory, "cpuIdle", 1, "env", "name", variable,
                     "value", "1");
}

TEST(what_is_live_and_nobody_said_warns)
{
    static const struct {
        const char *cpu, *memory, *variable; /* as it is to be; live are 4 CPUs, 512Mi and a.b */
        enum cr_flag flag;
        const char *text, *want; /* of each breach: its rule, with "~" before it where it warns */
    } rows[] = {
        {"4", "512Mi", "a.b", CR_FLAG_INGRESS, "internal", "~env.name ~cpu.memory"},
        {"4", "1Gi", "a.b", CR_FLAG_MEMORY, "1Gi", "~env.name cpu.memory"},
        {"8", "512Mi", "a.b", CR_FLAG_CPU, "8", "~env.name cpu.memory"},
        {"4", "512Mi", "a.b", CR_FLAG_CPU, "4", "~env.name cpu.memory"},
        {"4", "512Mi", "a.b", CR_FLAG_UPDATE_ENV_VARS, "a.b=1", "env.name ~cpu.memory"},
        {"4", "512Mi", "c.d", CR_FLAG_UPDATE_ENV_VARS, "c.d=1", "env.name ~cpu.memory"},
        {"4", "2Gi", "A", CR_FLAG_MEMORY, "2Gi", ""},
    };
    json_auto_t *live = one_container("4", "512Mi", "a.b");

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct cr_edits edits = {.row = {{.flag = rows[i].flag, .text = rows[i].text, .place = "--flag"}},
                                       .len = 1};
        json_auto_t *service = one_container(rows[i].cpu, rows[i].memory, rows[i].variable);
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_limits_subject s = subject_of(service, CR_PROFILE_CURRENT);
        CR_AUTO_FREE char *said = NULL;

        s.edits = &edits;
        s.live = live;
        cr_limits_service(&s, &p);
        said = rules_of(&p);
        if (strcmp(said, rows[i].want) != 0)
            fail_msg("%s with %s: '%s', not '%s'", rows[i].text, rows[i].cpu, said, rows[i].want);
    }
}

TEST_MAIN(cmocka_unit_test(every_tuple_gets_the_verdict_of_the_table),
          cmocka_unit_test(every_proposed_set_is_legal_and_none_is_smaller),
          cmocka_unit_test(what_is_odd_about_a_service_is_said), cmocka_unit_test(names_and_regions_have_a_nearest_one),
          cmocka_unit_test(a_place_is_that_of_the_edit_which_said_it),
          cmocka_unit_test(what_crdeploy_adds_is_not_held_against_2020),
          cmocka_unit_test(what_is_live_and_nobody_said_warns))
