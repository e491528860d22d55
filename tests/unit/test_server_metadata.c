#include "lib/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metadata.h"

/* A server for one connection on loopback, which says what it is told to. */
struct fake {
    int listening;
    const char *reply; /* NULL: silence until the client is gone */
    char host[32], request[512];
};

static void *serve(void *arg)
{
    struct fake *f = arg;
    int fd = accept(f->listening, NULL, NULL);
    ssize_t n = recv(fd, f->request, sizeof(f->request) - 1, 0);

    f->request[n < 0 ? 0 : n] = '\0';
    if (f->reply)
        (void)!write(fd, f->reply, strlen(f->reply));
    else
        (void)!recv(fd, &(char){0}, 1, 0);
    close(fd);
    return NULL;
}

static bool ask(struct fake *f, const char *reply, char out[METADATA_PROJECT])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    pthread_t thread;
    bool ok;

    *f = (struct fake){.listening = socket(AF_INET, SOCK_STREAM, 0), .reply = reply};
    assert_int_equal(bind(f->listening, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(f->listening, 1), 0);
    assert_int_equal(getsockname(f->listening, (struct sockaddr *)&at, &size), 0);
    snprintf(f->host, sizeof(f->host), "127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, serve, f), 0);
    ok = metadata_project(f->host, 300, out);
    pthread_join(thread, NULL);
    close(f->listening);
    return ok;
}

TEST(the_project_is_asked_for_as_the_platform_wants_it)
{
    char out[METADATA_PROJECT];
    struct fake f;

    assert_true(ask(&f, "HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\n\r\nmy-proj-1", out));
    assert_string_equal(out, "my-proj-1");
    assert_non_null(strstr(f.request, "GET /computeMetadata/v1/project/project-id HTTP/1.0\r\n"));
    assert_non_null(strstr(f.request, "\r\nMetadata-Flavor: Google\r\n"));
    assert_true(ask(&f, "HTTP/1.0 200 OK\r\n\r\nexample.com:old\n", out));
    assert_string_equal(out, "example.com:old");
}

TEST(anything_else_is_no_project)
{
    static const char *const replies[] = {"",
                                          "HTTP/1.1 404 Not Found\r\n\r\nproj",
                                          "HTTP/1.1 200 OK\r\n\r\n",
                                          "HTTP/1.1 200 OK\r\n\r\n<html>",
                                          "HTTP/1.1 200 OK\r\n\r\nproj and more",
                                          "HTTP/1.1 200 OK\r\n",
                                          "HTTP",
                                          NULL};
    char out[METADATA_PROJECT] = "untouched";
    struct fake f;

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
        assert_false(ask(&f, replies[i], out));
    assert_false(metadata_project(f.host, 300, out)); /* nobody there any more */
    assert_false(metadata_project("metadata.google.internal", 300, out));
    assert_false(metadata_project("127.0.0.1:0", 300, out));
    assert_string_equal(out, "untouched");
}

TEST_MAIN(cmocka_unit_test(the_project_is_asked_for_as_the_platform_wants_it),
          cmocka_unit_test(anything_else_is_no_project))
