#include "lib/test.h"

#include <string.h>

#include "core/verdict_log.h"

TEST(lines_that_say_where_a_server_listens)
{
    static const struct {
        const char *line;
        int host, port;
        const char *at;
    } cases[] = {
        {"Listening on 127.0.0.1:8080", CR_LISTEN_LOOPBACK, 8080, "127.0.0.1:8080"},
        {"listening on localhost:3000", CR_LISTEN_LOOPBACK, 3000, "localhost:3000"},
        {"Server running at http://127.0.0.1:3000/", CR_LISTEN_LOOPBACK, 3000, "127.0.0.1:3000"},
        {" * Running on http://127.0.0.1:5000 (Press CTRL+C to quit)", CR_LISTEN_LOOPBACK, 5000, "127.0.0.1:5000"},
        {"listening on [::1]:8080", CR_LISTEN_LOOPBACK, 8080, "[::1]:8080"},
        {"INFO:     Uvicorn running on http://0.0.0.0:8000", CR_LISTEN_ANY, 8000, "0.0.0.0:8000"},
        {"Listening on :8080", CR_LISTEN_ANY, 8080, ":8080"},
        {"listening on :::8080", CR_LISTEN_ANY, 8080, ":::8080"},
        {"Listening on [::]:8080", CR_LISTEN_ANY, 8080, "[::]:8080"},
        {"listening on *:8080", CR_LISTEN_ANY, 8080, "*:8080"},
        {"[2026-01-02 12:30:45 +0000] [7] [INFO] Listening at: http://0.0.0.0:8080 (7)", CR_LISTEN_ANY, 8080,
         "0.0.0.0:8080"},
        {"Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...", CR_LISTEN_ANY, 8000, "0.0.0.0:8000"},
        {"Serving HTTP on 127.0.0.1 port 8000", CR_LISTEN_LOOPBACK, 8000, "127.0.0.1 port 8000"},
        {"listening addr=127.0.0.1:8080", CR_LISTEN_LOOPBACK, 8080, "127.0.0.1:8080"},
        {"listening port=3000", CR_LISTEN_UNSAID, 3000, "port 3000"},
        {"Server listening on port 3000", CR_LISTEN_UNSAID, 3000, "port 3000"},
        {"Example app listening on port: 3000!", CR_LISTEN_UNSAID, 3000, "port 3000"},
        {"Tomcat started on port(s): 8081 (http) with context path ''", CR_LISTEN_UNSAID, 8081, "port 8081"},
        {"Jetty started on port 8082", CR_LISTEN_UNSAID, 8082, "port 8082"},
        {"Now listening on: http://[::]:80", CR_LISTEN_ANY, 80, "[::]:80"},
        {"* Running on all addresses (0.0.0.0)", CR_LISTEN_ANY, 0, "0.0.0.0"},
        {"ready to serve: serving on http://model.internal", CR_LISTEN_ANY, 80, "model.internal"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct cr_listen l;

        if (!cr_listen_parse(cases[i].line, &l))
            fail_msg("'%s' is not understood", cases[i].line);
        if ((int)l.host != cases[i].host || l.port != cases[i].port || strcmp(l.at, cases[i].at) != 0)
            fail_msg("'%s' is host %d, port %d, '%s'", cases[i].line, (int)l.host, l.port, l.at);
    }
}

TEST(lines_that_do_not)
{
    static const char *const cases[] = {
        "",
        "connecting to postgres listening on 127.0.0.1:5432",
        "Error: listen EADDRINUSE: address already in use 0.0.0.0:8080",
        "failed to listen on :8080",
        "Job started at 12:30:45",
        "Serving Flask app 'main'",
        "report of port 3000",
        "listening (main.go:42)",
        "listening on port 99999",
        "waiting for http://127.0.0.1:9000 to be ready on its port",
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct cr_listen l;

        if (cr_listen_parse(cases[i], &l))
            fail_msg("'%s' is host %d, port %d, '%s'", cases[i], (int)l.host, l.port, l.at);
    }
}

TEST_MAIN(cmocka_unit_test(lines_that_say_where_a_server_listens), cmocka_unit_test(lines_that_do_not))
