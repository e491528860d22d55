/* A container that ran and was not reached: where it listens is read from what it printed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "core/verdict_judge.h"

/* What the container said of where it listens: the last of each kind. */
struct heard {
    struct cr_listen right;    /* the port that is asked, reachable */
    struct cr_listen unsaid;   /* the port that is asked; of the address nothing is said */
    struct cr_listen loopback; /* reachable from inside alone */
    struct cr_listen other;    /* another port */
    size_t right_at;           /* the line of `right` or `unsaid` */
    const char *server;        /* the line of `loopback` */
};

static void hear(const struct cr_judge *j, struct heard *h)
{
    *h = (struct heard){.server = NULL};
    for (size_t i = 0; i < j->log.count; i++) {
        struct cr_listen l;

        if (j->log.line[i].system || !cr_listen_parse(j->log.line[i].text, &l))
            continue;
        if (l.host == CR_LISTEN_LOOPBACK) {
            h->loopback = l;
            h->server = j->log.line[i].text;
        } else if (l.port && l.port != j->set.port) {
            h->other = l;
        } else if (l.port) {
            h->right_at = i;
            *(l.host == CR_LISTEN_ANY ? &h->right : &h->unsaid) = l;
        }
    }
}

static bool loopback(struct cr_judge *j, const struct heard *h)
{
    static const struct {
        const char *mark, *how;
    } servers[] = {
        {"uvicorn", "uvicorn: --host 0.0.0.0"},
        {"Listening at: http", "gunicorn: --bind 0.0.0.0:$PORT"},
        {"Running on http", "flask: --host 0.0.0.0"},
        {"Serving HTTP on", "http.server: --bind 0.0.0.0"},
    };
    const char *how = "its option or variable is often called host, bind or address";

    for (size_t i = CR_LEN(servers); h->server && i-- > 0;) /* the first that fits */
        if (strcasestr(h->server, servers[i].mark))
            how = servers[i].how;
    if (h->loopback.port && h->loopback.port != j->set.port)
        cr_judge_say(j, CR_CAUSE_LOOPBACK,
                     "the container listens on %s: only inside itself, and not on port %d, where it is asked",
                     h->loopback.at, j->set.port);
    else if (*h->loopback.at)
        cr_judge_say(j, CR_CAUSE_LOOPBACK, "the container listens on %s, where nobody outside of it can reach it",
                     h->loopback.at);
    else
        cr_judge_say(j, CR_CAUSE_LOOPBACK,
                     "the container says that it listens on port %d, but cannot be reached there: most likely it "
                     "listens on 127.0.0.1 only",
                     j->set.port);
    cr_judge_hint(j, "make it listen on 0.0.0.0 and $PORT, by --args or --update-env-vars (%s)", how);
    return true;
}

static bool wrong_port(struct cr_judge *j, const struct heard *h)
{
    cr_judge_say(j, CR_CAUSE_WRONG_PORT, "the container listens on port %d, and is asked on port %d", h->other.port,
                 j->set.port);
    cr_judge_hint(j, "deploy with --port %d, or make it listen on $PORT", h->other.port);
    return true;
}

static void more_time(struct cr_judge *j)
{
    if (j->set.probe_given && j->set.probe_s < 240) {
        char kind[200];

        if (j->set.probe_http)
            snprintf(kind, sizeof(kind), "httpGet.path=%.120s,httpGet.port=%d", j->set.probe_path, j->set.probe_port);
        else
            snprintf(kind, sizeof(kind), "tcpSocket.port=%d", j->set.probe_port);
        cr_judge_hint(j,
                      "give it 240 s: --startup-probe %s,periodSeconds=10,failureThreshold=24; --cpu-boost starts it "
                      "faster",
                      kind);
    } else {
        cr_judge_hint(j,
                      "240 s are all there is: --cpu-boost or more --cpu starts it faster, as does a model that is in "
                      "the image and not fetched");
    }
}

static bool too_slow(struct cr_judge *j, const char *line)
{
    cr_judge_say(j, CR_CAUSE_TOO_SLOW, "the container was not ready within %" PRId64 " s%s%.300s%s", j->set.probe_s,
                 line ? ", its log ends with '" : "", line ? line : "", line ? "'" : "");
    more_time(j);
    return true;
}

static bool probe_unanswered(struct cr_judge *j)
{
    if (j->set.probe_port != j->set.port && !j->set.probe_http)
        cr_judge_say(j, CR_CAUSE_PROBE, "the container listens on port %d, but the startup probe asks port %d",
                     j->set.port, j->set.probe_port);
    else
        cr_judge_say(j, CR_CAUSE_PROBE,
                     "the container runs, but GET %s on port %d is not answered with success, as its "
                     "startup probe wants",
                     j->set.probe_path, j->set.probe_port);
    cr_judge_hint(j,
                  "check the probe: --startup-probe httpGet.path=PATH,httpGet.port=%d, or --startup-probe \"\" for the "
                  "default",
                  j->set.port);
    return true;
}

/* Said while something goes on that a start waits for. */
static bool is_busy(const char *line)
{
    static const char *const words[] = {"loading",  "download",   "starting",  "initiali", "warming",
                                        "warm-up",  "warm up",    "compiling", "migrat",   "preparing",
                                        "fetching", "waiting",    "importing", "reading",  "extracting",
                                        "building", "installing", "pulling",   "%"};

    for (size_t i = 0; i < CR_LEN(words); i++)
        if (strcasestr(line, words[i]))
            return true;
    return false;
}

static const char *last_said(const struct cr_judge *j)
{
    for (size_t i = j->log.count; i-- > 0;)
        if (!j->log.line[i].system)
            return j->log.line[i].text;
    return NULL;
}

static bool silent(struct cr_judge *j)
{
    const char *last = last_said(j);

    if (last && is_busy(last))
        return too_slow(j, last);
    if (j->set.probe_http && j->log.probe_failed && !j->log.probe_refused && !j->log.probe_cancelled)
        return probe_unanswered(j);
    cr_judge_say(j, CR_CAUSE_NOT_LISTENING,
                 "the container runs, but was not reached on port %d within %" PRId64
                 " s, and its log does not say where "
                 "it listens",
                 j->set.probe_port, j->set.probe_s);
    if (j->set.probe_given && j->set.probe_s < 60)
        cr_judge_hint(j,
                      "it must listen on 0.0.0.0 and $PORT; where it needs longer: --startup-probe "
                      "tcpSocket.port=%d,periodSeconds=10,failureThreshold=24; where it has another port: --port",
                      j->set.port);
    else
        cr_judge_hint(
            j, "it must listen on 0.0.0.0 (not 127.0.0.1) and on $PORT; where its port is another one: --port N");
    return true;
}

bool cr_judge_unreached(struct cr_judge *j)
{
    struct heard h;

    if (!j->log.probe_failed && !strcasestr(j->said, "failed to start and listen") &&
        !strcasestr(j->said, "startup probe checks") && !strcasestr(j->said, "then listen on the port") &&
        !strstr(j->reasons, "HEALTH_CHECK_CONTAINER_ERROR"))
        return false;
    hear(j, &h);
    if (*h.right.at || *h.unsaid.at) {
        if (j->log.probe_failed && h.right_at > j->log.probe_at)
            return too_slow(j, j->log.line[h.right_at].text);
        if (j->set.probe_port != j->set.port || (j->set.probe_http && (*h.right.at || !j->log.probe_refused)))
            return probe_unanswered(j);
        return *h.right.at ? too_slow(j, last_said(j)) : loopback(j, &h);
    }
    if (*h.other.at)
        return wrong_port(j, &h);
    return *h.loopback.at ? loopback(j, &h) : silent(j);
}
