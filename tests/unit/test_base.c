/* The base room: strings, files, hashes, problems, children. */
#include "lib/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/problems.h"
#include "base/proc.h"
#include "base/str.h"

TEST(a_string_stops_at_its_ceiling)
{
    CR_AUTO_STR struct cr_str s = CR_STR_INIT(4);
    struct cr_error err = {0};

    assert_ok(cr_str_add(&s, "abcd", 4, &err), &err);
    assert_int_equal(cr_str_add(&s, "e", 1, &err), -1);
    assert_int_equal(err.code, CR_E_IO);
    assert_string_equal(s.buf, "abcd");
}

TEST(the_nearest_word_is_near)
{
    static const char *const words[] = {"deploy", "build", "init", NULL};

    assert_string_equal(cr_nearest("depoly", words), "deploy");
    assert_string_equal(cr_nearest("biuld", words), "build");
    assert_null(cr_nearest("frobnicate", words));
}

TEST(a_file_is_replaced_whole)
{
    char dir[] = "/tmp/crdeploy-test-XXXXXX";
    CR_AUTO_FREE char *path = NULL, *text = NULL;
    struct cr_error err = {0};
    struct stat st;

    assert_non_null(mkdtemp(dir));
    path = cr_path_join(dir, "file");
    assert_ok(cr_file_write(path, "one", 3, 0600, &err), &err);
    assert_ok(cr_file_write(path, "two", 3, 0640, &err), &err);
    assert_ok(cr_file_read(path, 10, &text, NULL, &err), &err);
    assert_string_equal(text, "two");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_ok(cr_dir_remove(dir, &err), &err);
    assert_false(cr_file_exists(dir));
    assert_int_equal(cr_file_write(path, "x", 1, 0600, &err), -1);
    assert_int_equal(err.code, CR_E_IO);
}

/* Cut at every place, as a stream brings it. */
static char *clean_in_two(const char *text, size_t at, bool json)
{
    char *out = NULL;
    size_t n;
    FILE *to = open_memstream(&out, &n);
    struct cr_clean c = {.json = json};

    cr_clean_add(&c, text, at, to);
    cr_clean_add(&c, text + at, strlen(text) - at, to);
    cr_clean_end(&c, to);
    fclose(to);
    return out;
}

TEST(text_of_others_steers_no_terminal)
{
    static const struct {
        const char *text, *clean, *json; /* json NULL: as clean */
    } cases[] = {
        {"plain\n\ttext", "plain\n\ttext", NULL},
        {"\033[31mred\a\b", "?[31mred??", "\\u001b[31mred\\u0007\\u0008"},
        {"a\r\nb\rc", "a\nbc", "a\\u000d\nb\\u000dc"},
        {"\x7f", "?", "\\u007f"},
        {"\xc2\x9b"
         "31m",
         "?31m", "\\u009b31m"},
        {"\xe2\x80\xae.exe\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8", "?.exe????",
         "\\u202e.exe\\u2066\\u200f\\u061c\\u2028"},
        {"gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80 \xe2\x80\xa6",
         "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80 \xe2\x80\xa6", NULL},
        {"\xff\xc3(\xe4\xb8",
         "?"
         "?(?"
         "?",
         NULL},
        {"\x9b\xc0\x9b\xe0\x80\x9b\xed\xa0\x80\xf4\x90\x80\x80", "?????????????", NULL},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++)
        for (size_t at = 0; at <= strlen(cases[i].text); at++)
            for (int json = 0; json < 2; json++) {
                CR_AUTO_FREE char *out = clean_in_two(cases[i].text, at, json);

                assert_string_equal(out, json && cases[i].json ? cases[i].json : cases[i].clean);
            }
}

/* SIGALRM ends a program that waits for a writer. */
TEST(what_is_no_file_is_refused_without_waiting)
{
    char dir[] = "/tmp/crdeploy-test-XXXXXX", hex[CR_SHA256_HEX];
    CR_AUTO_FREE char *fifo = NULL, *link = NULL, *want = NULL;
    static const char *const others[][2] = {{"/tmp", "'/tmp' is a directory, not a file"},
                                            {"/dev/zero", "'/dev/zero' is a device, not a file"}};
    struct cr_error err = {0};

    assert_non_null(mkdtemp(dir));
    fifo = cr_path_join(dir, "fifo");
    link = cr_path_join(dir, "link");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("fifo", link), 0);
    want = cr_format("'%s' is a FIFO, not a file", link);
    alarm(10);
    for (size_t i = 0; i <= CR_LEN(others); i++) {
        const char *path = i ? others[i - 1][0] : link, *message = i ? others[i - 1][1] : want;
        char *text = NULL;

        assert_int_equal(cr_file_read(path, 100, &text, NULL, &err), -1);
        assert_int_equal(err.code, CR_E_IO);
        assert_string_equal(err.msg, message);
        err = (struct cr_error){0};
        assert_int_equal(cr_sha256_file(path, hex, NULL, &err), -1);
        assert_string_equal(err.msg, message);
    }
    alarm(0);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(a_pipe_that_the_process_was_given_is_read)
{
    CR_AUTO_FREE char *path = NULL, *text = NULL;
    struct cr_error err = {0};
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "one", 3), 3);
    close(fds[1]);
    path = cr_format("/dev/fd/%d", fds[0]);
    assert_ok(cr_file_read(path, 10, &text, NULL, &err), &err);
    assert_string_equal(text, "one");
    close(fds[0]);
    assert_int_equal(cr_file_read("/dev/fd", 10, &text, NULL, &err), -1);
}

/* Vectors: FIPS 180-2 and RFC 3720 B.4; base64 as Cloud Storage writes them. */
TEST(digests_are_the_published_ones)
{
    static const struct {
        const char *text, *crc;
    } cases[] = {{"", "AAAAAA=="}, {"a", "wdBDMA=="}, {"123456789", "4waSgw=="}, {"hello world\n", "8P9ykg=="}};
    char hex[CR_SHA256_HEX], base64[9], zeros[32] = {0};

    cr_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        uint32_t crc = 0;

        for (const char *p = cases[i].text; *p; p++)
            crc = cr_crc32c(crc, p, 1);
        assert_int_equal(crc, cr_crc32c(0, cases[i].text, strlen(cases[i].text)));
        cr_crc32c_base64(crc, base64);
        assert_string_equal(base64, cases[i].crc);
    }
    cr_crc32c_base64(cr_crc32c(0, zeros, sizeof(zeros)), base64);
    assert_string_equal(base64, "ipE2qg==");
}

/* Lanes, words and single bytes, at any alignment. */
TEST(crc32c_of_the_processor_is_that_of_the_tables)
{
    static const size_t sizes[] = {0, 1, 7, 8, 9, 63, 2048, 6143, 6144, 6145, 12288, 20000, 70001};
    CR_AUTO_FREE unsigned char *noise = cr_malloc(80000);
    uint32_t seed = 1;

    (void)state;
    for (size_t i = 0; i < 80000; i++)
        noise[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < CR_LEN(sizes); i++)
        for (size_t at = 0; at < 9; at++) {
            uint32_t whole = cr_crc32c(0, noise + at, sizes[i]);
            size_t half = sizes[i] / 3;

            assert_int_equal(whole, cr_crc32c_portable(0, noise + at, sizes[i]));
            assert_int_equal(whole,
                             cr_crc32c(cr_crc32c_portable(0, noise + at, half), noise + at + half, sizes[i] - half));
        }
}

TEST(one_problem_is_the_error_and_many_are_counted)
{
    CR_AUTO_PROBLEMS struct cr_problems list = {0};
    struct cr_error err = {0};

    cr_problems_add(&list, CR_E_CONFIG, "f:1:2", "only a warning")->warning = true;
    assert_int_equal(cr_problems_fail(&list, "f", &err), 0);
    cr_problem_hint(cr_problems_add(&list, CR_E_LIMIT, "--cpu", "cpu 3 is not allowed"), "use 2 or 4");
    assert_int_equal(cr_problems_fail(&list, "f", &err), -1);
    assert_string_equal(err.msg, "--cpu: cpu 3 is not allowed");
    assert_string_equal(err.hint, "use 2 or 4");
    assert_int_equal(err.code, CR_E_LIMIT);
    cr_problems_add(&list, CR_E_CONFIG, NULL, "another");
    assert_int_equal(cr_problems_fail(&list, "f", &err), -1);
    assert_string_equal(err.msg, "2 problems in 'f'");
}

/* What is no place: prose with colons, a number without its column, a time of day. */
TEST(a_message_that_starts_with_its_place_gives_it_up)
{
    static const struct {
        const char *said, *place, *msg;
    } cases[] = {
        {"a/m.yaml:7:12: a tab", "a/m.yaml:7:12", "a tab"},
        {"C:m.yaml:7:1: a tab", "C:m.yaml:7:1", "a tab"},
        {"m.yaml:7: a tab", "", "m.yaml:7: a tab"},
        {"cannot open 'm': at 7:12: no", "", "cannot open 'm': at 7:12: no"},
        {"m.yaml:7:12:", "", "m.yaml:7:12:"},
        {"", "", ""},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_PROBLEMS struct cr_problems list = {0};
        struct cr_error err = {0};

        cr_fail(&err, CR_E_CONFIG, "%s", cases[i].said);
        cr_hint(&err, "indent with spaces");
        cr_problems_take(&list, i % 2 ? "" : NULL, &err);
        assert_int_equal(err.code, CR_OK);
        assert_string_equal(list.row[0].place, cases[i].place);
        assert_string_equal(list.row[0].msg, cases[i].msg);
        assert_string_equal(list.row[0].hint, "indent with spaces");
        cr_fail(&err, CR_E_CONFIG, "f:1:2: said");
        cr_problems_take(&list, "--memory", &err); /* a place that is given stays */
        assert_string_equal(list.row[1].place, "--memory");
        assert_string_equal(list.row[1].msg, "f:1:2: said");
    }
}

TEST(a_child_is_run_ended_and_missed)
{
    const char *echo[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL}, *nap[] = {"sleep", "30", NULL};
    const char *missing[] = {"/nonexistent/program", NULL};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(100);
    struct cr_error err = {0};
    int status = -1;

    assert_ok(cr_proc_run(echo, NULL, 10000, &out, &status, &err), &err);
    assert_int_equal(status, 3);
    assert_string_equal(out.buf, "out\nerr\n");
    assert_int_equal(cr_proc_run(nap, NULL, 50, NULL, &status, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_int_equal(cr_proc_run(missing, NULL, 1000, NULL, &status, &err), -1);
    assert_string_equal(err.msg, "cannot run '/nonexistent/program': No such file or directory");
    assert_true(cr_proc_start_time(getpid()) > 0);
    assert_int_equal(cr_proc_start_time(-5), -1);
}

/* A daemon that kept a test runner's pipe would keep the runner waiting. */
TEST(a_child_gets_no_descriptor_but_0_1_and_2)
{
    const char *look[] = {"/bin/sh", "-c", "test -e /proc/self/fd/0 && ! test -e /proc/self/fd/77", NULL};
    struct cr_error err = {0};
    int status = 1;

    assert_int_equal(dup2(STDERR_FILENO, 77), 77);
    assert_ok(cr_proc_run(look, NULL, 10000, NULL, &status, &err), &err);
    assert_int_equal(status, 0);
    close(77);
}

TEST(a_child_with_the_small_environment_gets_none_of_our_secrets)
{
    static const char *const argv[] = {"sh", "-c", "[ -n \"$PATH\" ] && [ \"$MORE\" = 1 ] && [ -z \"$HF_TOKEN\" ]",
                                       NULL};
    static const char *const more[] = {"MORE=1", NULL};

    setenv("HF_TOKEN", "hf-secret", 1);
    for (int small = 0; small < 2; small++) {
        struct cr_error err = {0};
        bool done = false;
        int status = -1;
        pid_t pid;

        assert_ok(
            cr_proc_start(
                &(struct cr_proc_opt){.argv = argv, .env = more, .small_env = small, .in = -1, .out = -1, .err = -1},
                &pid, &err),
            &err);
        assert_ok(cr_proc_wait(pid, 10000, &done, &status, &err), &err);
        assert_true(done);
        assert_int_equal(status, !small);
    }
    unsetenv("HF_TOKEN");
}

TEST(times_are_written_as_google_writes_them)
{
    char text[32];

    cr_time_text(1767323045678, text);
    assert_string_equal(text, "2026-01-02T03:04:05.678000Z");
    cr_clock_fake(1000, 2000);
    cr_sleep_ms(500);
    assert_int_equal(cr_now_ms(), 1500);
    assert_int_equal(cr_wall_ms(), 2500);
    cr_clock_fake(0, 0);
}

TEST(areas_of_the_trace_are_whole_words)
{
    cr_log_enable("http,auth");
    assert_true(cr_log_on("http"));
    assert_true(cr_log_on("auth"));
    assert_false(cr_log_on("pack"));
    assert_false(cr_log_on("htt"));
    cr_log_enable("");
}

TEST_MAIN(cmocka_unit_test(text_of_others_steers_no_terminal),
          cmocka_unit_test(crc32c_of_the_processor_is_that_of_the_tables),
          cmocka_unit_test(a_string_stops_at_its_ceiling), cmocka_unit_test(the_nearest_word_is_near),
          cmocka_unit_test(a_file_is_replaced_whole), cmocka_unit_test(what_is_no_file_is_refused_without_waiting),
          cmocka_unit_test(a_pipe_that_the_process_was_given_is_read), cmocka_unit_test(digests_are_the_published_ones),
          cmocka_unit_test(one_problem_is_the_error_and_many_are_counted),
          cmocka_unit_test(a_message_that_starts_with_its_place_gives_it_up),
          cmocka_unit_test(a_child_is_run_ended_and_missed), cmocka_unit_test(a_child_gets_no_descriptor_but_0_1_and_2),
          cmocka_unit_test(a_child_with_the_small_environment_gets_none_of_our_secrets),
          cmocka_unit_test(times_are_written_as_google_writes_them),
          cmocka_unit_test(areas_of_the_trace_are_whole_words))
