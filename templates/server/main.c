/* main.c - the server's life: settings, start, wait for a signal, drain, stop. The only exit. */
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "http.h"
#include "log.h"
#include "metadata.h"

/* Memory once touched is kept: on a fresh virtual machine the first touch of a page is the dear one. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_ARENA_MAX, 2);
}

/* Signals are read from a descriptor: as PID 1 nothing has a default action, and no handler can interrupt anything.
 * Called before the first thread, so every thread inherits the mask. */
static int signal_fd(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int next_signal(int fd)
{
    struct signalfd_siginfo info;

    return read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : SIGTERM;
}

/* Until a signal (0) or until loading failed (-1). */
static int serve(struct service *service, int signals, int loaded)
{
    struct pollfd fds[] = {{signals, POLLIN, 0}, {loaded, POLLIN, 0}};

    for (;;) {
        uint64_t count;

        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents) {
            log_event("INFO", "%s: finishing what is under way", next_signal(signals) == SIGINT ? "SIGINT" : "SIGTERM");
            return 0;
        }
        if (read(loaded, &count, sizeof(count)) < 0)
            continue;
        if (atomic_load(&service->state) == SERVICE_FAILED)
            return -1;
        log_event("INFO", "ready: model '%s' loaded and warmed up in %lld ms by %s", service->settings->name,
                  (long long)service->load_us / 1000, model_runtime());
    }
}

/* Whether nothing was under way for `rounds` looks in a row before the end. A second signal ends the waiting. */
static bool wait_quiet(struct http *h, int rounds, int64_t end, int signals)
{
    struct pollfd fd = {signals, POLLIN, 0};

    for (int quiet = 0; quiet < rounds; quiet = http_active(h) ? 0 : quiet + 1) {
        if (service_now_us() >= end && http_active(h))
            return false;
        if (poll(&fd, 1, 10) > 0)
            return false;
    }
    return true;
}

/* Whether all was answered in time. A connection that was accepted may not have been read yet, so nothing is over
 * before it was quiet for a moment; and one that is kept open may still bring a request, which then is refused. */
static bool drain(struct http *h, int64_t seconds, int signals)
{
    int64_t end = service_now_us() + seconds * 1000000;

    http_drain(h);
    if (!wait_quiet(h, 5, end, signals))
        return false;
    http_close(h);
    return wait_quiet(h, 1, end, signals);
}

/* While the model is being loaded, and beside it. */
static void ask_project(struct service *service)
{
    static char project[METADATA_PROJECT];

    if (service->settings->metadata && metadata_project(service->settings->metadata, 500, project))
        atomic_store(&service->project, project);
}

static int run(const struct settings *settings, struct error *err)
{
    struct service service = {.settings = settings, .project = settings->project};
    int signals = signal_fd(), loaded = eventfd(0, EFD_CLOEXEC);
    struct worker *worker;
    struct http *http;
    int rc;

    if (worker_start(&service, loaded, &worker, err) < 0)
        return -1;
    if (http_start(&service, worker, &http, err) < 0) {
        worker_stop(worker);
        return -1;
    }
    log_event("INFO", "listening on %s:%d for POST %s", settings->listen, http_port(http), settings->path);
    ask_project(&service);
    rc = serve(&service, signals, loaded);
    if (!drain(http, settings->drain_s, signals)) {
        log_event("ERROR", "stopping with %zu requests unanswered", http_active(http));
        _exit(1); /* the worker cannot be interrupted, and nothing needs to be saved */
    }
    http_stop(http);
    if (atomic_load(&service.state) == SERVICE_LOADING)
        _exit(0); /* loading may take longer than the platform waits */
    worker_stop(worker);
    close(signals);
    close(loaded);
    return rc < 0 ? error_set(err, 500, "%s", service.failure.msg) : 0;
}

int main(void)
{
    struct settings settings = {0};
    struct error err = {0};
    int rc;

    keep_memory();
    rc = settings_load(&settings, getenv, &err);
    if (rc == 0)
        rc = run(&settings, &err);
    if (rc < 0)
        log_event("CRITICAL", "%s", err.msg);
    settings_clear(&settings);
    return rc < 0 ? 1 : 0;
}
