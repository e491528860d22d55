#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/log_entry.h"

TEST(an_entry_as_a_line)
{
    static const struct {
        const char *entry, *line;
    } cases[] = {
        {"{\"timestamp\":\"2026-01-02T03:04:05.678901Z\",\"textPayload\":\"hello\"}",
         "2026-01-02 03:04:05.678 -         hello"},
        {"{\"timestamp\":\"2026-01-02T03:04:05Z\",\"severity\":\"ERROR\",\"textPayload\":\"one\\ntwo\\n\"}",
         "2026-01-02 03:04:05 ERROR     one\n    two"},
        {"{\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"severity\":\"INFO\",\"jsonPayload\":{\"message\":\"listening\","
         "\"severity\":\"INFO\",\"port\":3000,\"addr\":\"127.0.0.1:8080\",\"why\":\"two words\","
         "\"logging.googleapis.com/trace\":\"x\"}}",
         "2026-01-02 03:04:05.678 INFO      listening port=3000 addr=127.0.0.1:8080 why=\"two words\""},
        {"{\"timestamp\":\"t\",\"jsonPayload\":{\"a\":1,\"b\":{\"c\":null}}}", "t -         a=1 b={\"c\":null}"},
        {"{\"timestamp\":\"t\",\"severity\":\"WARNING\",\"httpRequest\":{\"requestMethod\":\"POST\",\"status\":404,"
         "\"requestUrl\":\"https://s-1.a.run.app/predict?x=1\",\"latency\":\"0.0421s\"}}",
         "t WARNING   POST 404 42 ms /predict?x=1"},
        {"{\"timestamp\":\"t\",\"httpRequest\":{\"requestMethod\":\"GET\",\"status\":200,\"requestUrl\":\"https://s\"},"
         "\"textPayload\":\"slow\"}",
         "t -         GET 200 / slow"},
        {"{\"timestamp\":\"t\",\"textPayload\":\"\\u001b[31mred\\u009b\\u0007\"}", "t -         ?[31mred??"},
        {"{}", " -         "},
        {"{\"timestamp\":7,\"severity\":[],\"jsonPayload\":\"x\",\"httpRequest\":3}", " -         "},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        json_auto_t *entry = json_loads(cases[i].entry, 0, NULL);
        CR_AUTO_FREE char *line = entry ? cr_log_entry_line(entry, false) : cr_strdup("no JSON");

        if (strcmp(line, cases[i].line) != 0)
            fail_msg("%s is '%s', not '%s'", cases[i].entry, line, cases[i].line);
    }
}

TEST(colours_end_where_the_line_does)
{
    json_auto_t *entry = json_pack("{s:s, s:s, s:s}", "timestamp", "t", "severity", "ERROR", "textPayload", "no");
    CR_AUTO_FREE char *line = cr_log_entry_line(entry, true);

    assert_string_equal(line, "\033[2mt\033[0m \033[31mERROR     no\033[0m");
}

TEST(the_log_of_an_entry)
{
    static const struct {
        const char *name, *log;
    } cases[] = {{"projects/p/logs/run.googleapis.com%2Fstdout", "stdout"},
                 {"projects/p/logs/run.googleapis.com%2Fvarlog%2Fsystem", "system"},
                 {"projects/p/logs/cloudaudit.googleapis.com%2Fsystem_event", "system_event"},
                 {"projects/p/logs/cloudbuild", "cloudbuild"},
                 {"", ""}};

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        json_auto_t *entry = json_pack("{s:s}", "logName", cases[i].name);

        assert_string_equal(cr_log_entry_log(entry), cases[i].log);
    }
}

TEST_MAIN(cmocka_unit_test(an_entry_as_a_line), cmocka_unit_test(colours_end_where_the_line_does),
          cmocka_unit_test(the_log_of_an_entry))
