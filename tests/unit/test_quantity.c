#include "lib/test.h"

#include <inttypes.h>
#include <string.h>

#include "core/quantity.h"

struct row {
    const char *text;
    int64_t want;     /* -1: refused */
    const char *hint; /* a part of it, for what is refused */
};

typedef int parse(const char *text, int64_t *value, struct cr_error *err);

static void check(parse *read, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cr_error err = {0};
        int64_t value = -77;
        int ret = read(rows[i].text, &value, &err);

        if (rows[i].want >= 0) {
            if (ret < 0 || value != rows[i].want)
                fail_msg("'%s' is %" PRId64 ", not %" PRId64 ": %s", rows[i].text, value, rows[i].want, err.msg);
            continue;
        }
        if (!ret)
            fail_msg("'%s' was taken as %" PRId64, rows[i].text, value);
        assert_int_equal(err.code, CR_E_CONFIG);
        assert_int_equal(value, -77); /* untouched */
        if (!strstr(err.hint, rows[i].hint))
            fail_msg("hint for '%s' is '%s', without '%s'", rows[i].text, err.hint, rows[i].hint);
    }
}

TEST(sizes_are_exact)
{
    static const struct row rows[] = {
        {"0", 0, NULL},
        {"128Mi", 134217728, NULL},
        {"256M", 256000000, NULL},
        {"512M", 512000000, NULL},
        {"512Mi", 536870912, NULL},
        {"1G", 1000000000, NULL},
        {"3G", 3000000000, NULL},
        {"3Gi", 3221225472, NULL},
        {"32Gi", 34359738368, NULL},
        {"1.5Gi", 1610612736, NULL},
        {"1e3", 1000, NULL},
        {"1E3", 1000, NULL},
        {"1E", 1000000000000000000, NULL},
        {"7Ei", 8070450532247928832, NULL},
        {"+5k", 5000, NULL},
        {".5k", 500, NULL},
        {"5.k", 5000, NULL},
        {"0.1", 1, NULL},
        {"1.0000000000", 1, NULL},
        {"1024Ki", 1048576, NULL},
        {"9223372036854775807", INT64_MAX, NULL},
        {"0e99999", 0, NULL},
        {"1e-400", 1, NULL},
        {"100000e-5", 1, NULL},
        {"0.000000000000000001E", 1, NULL},
        {"000000000000000000000000012", 12, NULL},
    };

    check(cr_bytes_parse, rows, CR_LEN(rows));
}

TEST(sizes_that_are_none_say_what_to_write)
{
    static const struct row rows[] = {
        {"3GB", -1, "3G or 3Gi"},
        {"3GiB", -1, "write 3Gi"},
        {"512MB", -1, "512M or 512Mi"},
        {"4K", -1, "4k or 4Ki"},
        {"512mi", -1, "512Mi"},
        {"512m", -1, "512M or 512Mi"},
        {"4gi", -1, "4Gi"},
        {"", -1, "512Mi"},
        {"G", -1, "512Mi"},
        {"1.2.3", -1, "512Mi"},
        {"-5", -1, "write 5"},
        {"3 G", -1, "write 3G"},
        {"3Gx", -1, "512Mi"},
        {".", -1, "512Mi"},
        {"9223372036854775808", -1, "512Mi"},
        {"8Ei", -1, "512Mi"},
        {"1e19", -1, "512Mi"},
        {"1e999999999999", -1, "512Mi"},
        {"1e", -1, "512Mi"},
        {"1e+", -1, "512Mi"},
        {"0x10", -1, "512Mi"},
        {"99999999999999999999999999", -1, "512Mi"},
    };

    check(cr_bytes_parse, rows, CR_LEN(rows));
}

TEST(cpus_are_thousandths)
{
    static const struct row rows[] = {
        {"1", 1000, NULL},       {"0.5", 500, NULL},    {"500m", 500, NULL}, {"1000m", 1000, NULL},
        {"2.0", 2000, NULL},     {"0.08", 80, NULL},    {"0.081", 81, NULL}, {"1k", 1000000, NULL},
        {"0.0805", -1, "0.081"}, {"500u", -1, "0.001"}, {"two", -1, "0.5"},  {"-1", -1, "write 1"},
        {"", -1, "0.5"},         {"1e18", -1, "0.5"},
    };

    check(cr_cpu_parse, rows, CR_LEN(rows));
}

TEST(durations_are_seconds)
{
    static const struct row rows[] = {
        {"300", 300, NULL},
        {"300s", 300, NULL},
        {"5m", 300, NULL},
        {"1h", 3600, NULL},
        {"1h30m", 5400, NULL},
        {"1h1m1s", 3661, NULL},
        {"0", 0, NULL},
        {"", -1, "5m"},
        {"s", -1, "5m"},
        {"5 m", -1, "5m"},
        {"5d", -1, "5m"},
        {"1m1h", -1, "5m"},
        {"1m30", -1, "5m"},
        {"1.5h", -1, "5m"},
        {"-3s", -1, "write 3s"},
        {"9223372036854775808", -1, "5m"},
        {"9223372036854775807h", -1, "5m"},
        {"5m5m", -1, "5m"},
    };

    check(cr_duration_parse, rows, CR_LEN(rows));
}

TEST(texts_are_short_and_exact)
{
    static const struct {
        int64_t number;
        const char *bytes, *cpu;
    } rows[] = {
        {0, "0", "0"},
        {1, "1", "0.001"},
        {500, "500", "0.5"},
        {1000, "1k", "1"},
        {1024, "1Ki", "1.024"},
        {2000, "2k", "2"},
        {536870912, "512Mi", "536870.912"},
        {3000000000, "3G", "3000000"},
        {512000000, "512M", "512000"},
        {1234567, "1234567", "1234.567"},
        {34359738368, "32Gi", "34359738.368"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char text[CR_QUANTITY_TEXT];

        cr_bytes_text(rows[i].number, text);
        assert_string_equal(text, rows[i].bytes);
        cr_cpu_text(rows[i].number, text);
        assert_string_equal(text, rows[i].cpu);
    }
}

TEST_MAIN(cmocka_unit_test(sizes_are_exact), cmocka_unit_test(sizes_that_are_none_say_what_to_write),
          cmocka_unit_test(cpus_are_thousandths), cmocka_unit_test(durations_are_seconds),
          cmocka_unit_test(texts_are_short_and_exact))
