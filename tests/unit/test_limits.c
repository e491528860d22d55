#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/limits.h"
#include "core/quantity.h"

#define NOW CR_PROFILE_CURRENT
#define THEN CR_PROFILE_2020_11
#define GI ((int64_t)1 << 30)

struct row {
    enum cr_profile profile;
    const char *cpu, *memory;
    int64_t concurrency, timeout, min, max;
    const char *rules; /* broken ones in order, blank between; a warning has a ~ before */
    const char *hints; /* their hints, in order, joined with " | " */
};

static char *append(char *text, const char *sep, const char *more)
{
    char *joined = cr_format("%s%s%s", text, *text ? sep : "", more);

    free(text);
    return joined;
}

static void check(const struct row *r, struct cr_problems *p)
{
    struct cr_limit_value v[CR_LIMIT_FIELD_COUNT] = {0};
    struct cr_error err = {0};

    assert_ok(cr_cpu_parse(r->cpu, &v[CR_LIMIT_CPU].number, &err), &err);
    assert_ok(cr_bytes_parse(r->memory, &v[CR_LIMIT_MEMORY].number, &err), &err);
    v[CR_LIMIT_CONCURRENCY].number = r->concurrency;
    v[CR_LIMIT_TIMEOUT].number = r->timeout;
    v[CR_LIMIT_MIN_INSTANCES].number = r->min;
    v[CR_LIMIT_MAX_INSTANCES].number = r->max;
    v[CR_LIMIT_CPU].set = v[CR_LIMIT_MEMORY].set = v[CR_LIMIT_CONCURRENCY].set = v[CR_LIMIT_TIMEOUT].set = true;
    v[CR_LIMIT_MIN_INSTANCES].set = v[CR_LIMIT_MAX_INSTANCES].set = true;
    cr_limits_check(v, r->profile, p);
}

#define ALL "; all of it is legal with --memory 2Gi, --concurrency 1000, --timeout 3600s, --max-instances 5"

TEST(every_breach_is_found_with_the_nearest_legal_value)
{
    static const struct row rows[] = {
        {NOW, "2", "3G", 1, 300, 0, 100, "", ""},
        {NOW, "0.5", "1Gi", 1, 300, 0, 1, "", ""},
        {NOW, "8", "32Gi", 1000, 3600, 1, 1, "", ""},
        {NOW, "2", "512Mi", 1000, 3600, 0, 1, "", ""},
        {NOW, "1", "4G", 80, 1, 0, 1, "", ""},
        {NOW, "0.08", "128Mi", 1, 1, 0, 1, "", ""},
        {NOW, "0.999", "1Gi", 1, 1, 0, 1, "", ""},
        /* CPUs */
        {NOW, "3", "3G", 1, 300, 0, 1, "cpu.set", "use --cpu 2 or 4"},
        {NOW, "1.5", "1Gi", 1, 300, 0, 1, "cpu.set", "use --cpu 1 or 2"},
        {NOW, "7", "4Gi", 1, 300, 0, 1, "cpu.set", "use --cpu 6 or 8"},
        {NOW, "16", "32Gi", 1, 300, 0, 1, "cpu.set", "use --cpu 8"},
        {NOW, "0.079", "128Mi", 1, 300, 0, 1, "cpu.set", "use --cpu 0.08"},
        {NOW, "0", "128Mi", 1, 300, 0, 1, "cpu.set", "use --cpu 0.08"},
        {THEN, "6", "4Gi", 1, 300, 0, 1, "cpu.set", "use --cpu 4"},
        {THEN, "0.5", "512Mi", 1, 300, 0, 1, "cpu.set", "use --cpu 1"},
        /* memory alone, then with CPUs */
        {NOW, "1", "127Mi", 1, 300, 0, 1, "memory.range", "use --memory 128Mi"},
        {NOW, "8", "33Gi", 1, 300, 0, 1, "memory.range", "use --memory 32Gi"},
        {NOW, "1", "64Gi", 1, 300, 0, 1, "memory.range", "use --memory 4Gi"},
        {THEN, "2", "5G", 1, 300, 0, 1, "memory.range", "use --memory 4Gi"},
        {NOW, "4", "1Gi", 1, 300, 0, 1, "cpu.memory", "use --memory 2Gi, or --cpu 2"},
        {NOW, "4", "2G", 1, 300, 0, 1, "cpu.memory", "use --memory 2Gi, or --cpu 2"},
        {NOW, "6", "4G", 1, 300, 0, 1, "cpu.memory", "use --memory 4Gi, or --cpu 4"},
        {NOW, "1", "5G", 1, 300, 0, 1, "cpu.memory", "use --memory 4Gi, or --cpu 2"},
        {NOW, "0.25", "1Gi", 1, 300, 0, 1, "cpu.memory", "use --memory 512Mi, or --cpu 0.5"},
        {NOW, "0.5", "2Gi", 1, 300, 0, 1, "cpu.memory", "use --memory 1Gi, or --cpu 1"},
        {THEN, "4", "1Gi", 1, 300, 0, 1, "cpu.memory", "use --memory 2Gi, or --cpu 2"},
        /* concurrency */
        {NOW, "1", "1Gi", 1001, 300, 0, 1, "concurrency.range", "use --concurrency 1000"},
        {NOW, "1", "1Gi", 0, 300, 0, 1, "concurrency.range", "use --concurrency 1"},
        {THEN, "1", "1Gi", 81, 300, 0, 1, "concurrency.range", "use --concurrency 80"},
        {NOW, "0.5", "512Mi", 80, 300, 0, 1, "cpu.concurrency", "use --concurrency 1, or --cpu 1"},
        /* times */
        {NOW, "1", "1Gi", 1, 3601, 0, 1, "timeout.range", "use --timeout 3600s"},
        {NOW, "1", "1Gi", 1, 0, 0, 1, "timeout.range", "use --timeout 1s"},
        {THEN, "1", "1Gi", 1, 901, 0, 1, "~timeout.ga", "use --timeout 900s"},
        {THEN, "1", "1Gi", 1, 4000, 0, 1, "timeout.range", "use --timeout 3600s"},
        /* instances */
        {NOW, "1", "1Gi", 1, 300, 5, 2, "instances.order", "use --min-instances 2, or --max-instances 5"},
        {NOW, "1", "1Gi", 1, 300, 0, 0, "~instances.zero", "use --max-instances 1"},
        {NOW, "1", "1Gi", 1, 300, -1, 1, "instances.min", "use --min-instances 0"},
        {THEN, "1", "1Gi", 1, 300, 0, 1001, "~instances.quota", "use --max-instances 1000"},
        /* all at once */
        {NOW, "4", "1Gi", 2000, 7200, 5, 2, "concurrency.range timeout.range cpu.memory instances.order",
         "use --concurrency 1000" ALL " | use --timeout 3600s" ALL " | use --memory 2Gi, or --cpu 2" ALL
         " | use --min-instances 2, or --max-instances 5" ALL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        CR_AUTO_FREE char *rules = cr_strdup(""), *hints = cr_strdup("");

        check(&rows[i], &p);
        for (size_t j = 0; j < p.len; j++) {
            CR_AUTO_FREE char *rule = cr_format("%s%s", p.row[j].warning ? "~" : "", p.row[j].rule);

            rules = append(rules, " ", rule);
            hints = append(hints, " | ", p.row[j].hint);
            assert_int_equal(p.row[j].code, CR_E_LIMIT);
            assert_true(*p.row[j].source);
        }
        if (strcmp(rules, rows[i].rules) != 0 || strcmp(hints, rows[i].hints) != 0)
            fail_msg("row %zu, cpu %s memory %s: '%s', '%s'", i, rows[i].cpu, rows[i].memory, rules, hints);
    }
}

/* A default that does not fit is blamed on what was written, and the manifest's own form is proposed for it. */
TEST(the_place_is_what_somebody_wrote)
{
    struct cr_limit_value v[CR_LIMIT_FIELD_COUNT] = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};

    v[CR_LIMIT_CPU] = (struct cr_limit_value){.set = true, .number = 4000, .place = "m.yaml:3:4", .manifest = true};
    v[CR_LIMIT_MEMORY] = (struct cr_limit_value){.set = true, .number = GI, .place = "default", .fallback = true};
    cr_limits_check(v, CR_PROFILE_CURRENT, &p);
    assert_int_equal(p.len, 1);
    assert_string_equal(p.row[0].place, "m.yaml:3:4");
    assert_string_equal(p.row[0].hint, "use --memory 2Gi, or cpu: 2");
    assert_non_null(strstr(p.row[0].msg, "the default"));
}

TEST(sizes_are_compared_in_bytes_and_shown_so)
{
    struct cr_limit_value v[CR_LIMIT_FIELD_COUNT] = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};

    v[CR_LIMIT_CPU] = (struct cr_limit_value){.set = true, .number = 4000, .place = "--cpu"};
    v[CR_LIMIT_MEMORY] = (struct cr_limit_value){.set = true, .number = 2 * GI - 1, .place = "--memory"};
    cr_limits_check(v, CR_PROFILE_CURRENT, &p);
    assert_int_equal(p.len, 1);
    assert_non_null(strstr(p.row[0].msg, "2147483647 bytes"));
    v[CR_LIMIT_MEMORY].number++;
    cr_limits_check(v, CR_PROFILE_CURRENT, &p);
    assert_int_equal(p.len, 1);
}

TEST(every_row_has_its_source)
{
    for (const struct cr_limit *r = cr_limits; *r->id; r++)
        assert_true(r->profiles && r->field && *r->source && *r->checked && *r->why && (r->min <= r->max || r->set[0]));
    for (const struct cr_order_limit *o = cr_order_limits; *o->id; o++)
        assert_true(o->profiles && *o->source && *o->checked && o->lower != o->upper);
    for (const struct cr_text_limit *t = cr_text_limits; *t->id; t++)
        assert_true(t->profiles && *t->source && *t->checked && *t->why && *cr_limit_text_names[t->text]);
    for (const struct cr_shape_limit *s = cr_shape_limits; *s->id; s++)
        assert_true(s->profiles && *s->source && *s->checked && *s->why);
    for (const struct cr_limit_fact *f = cr_limit_facts; *f->id; f++)
        assert_true(f->profiles && *f->source && *f->checked && *f->fact);
    for (int field = 1; field < CR_LIMIT_FIELD_COUNT; field++)
        assert_true(*cr_limit_fields[field].name && *cr_limit_fields[field].path);
}

TEST(profiles_are_known_by_name)
{
    enum cr_profile profile = CR_PROFILE_COUNT;
    struct cr_error err = {0};

    assert_ok(cr_profile_parse("2020-11", &profile, &err), &err);
    assert_int_equal(profile, CR_PROFILE_2020_11);
    assert_ok(cr_profile_parse(NULL, &profile, &err), &err);
    assert_int_equal(profile, CR_PROFILE_CURRENT);
    assert_int_equal(cr_profile_parse("2019", &profile, &err), -1);
    assert_int_equal(err.code, CR_E_USAGE);
}

TEST_MAIN(cmocka_unit_test(every_breach_is_found_with_the_nearest_legal_value),
          cmocka_unit_test(the_place_is_what_somebody_wrote),
          cmocka_unit_test(sizes_are_compared_in_bytes_and_shown_so), cmocka_unit_test(every_row_has_its_source),
          cmocka_unit_test(profiles_are_known_by_name))
