/*
 * bench_tool - what the benchmarks need and a shell has not.
 *
 *   bench_tool weights FILE MIB      a file like a model's weights: 32-bit floats, normally distributed
 *   bench_tool sources DIR N         N small text files, in directories of 20, as a repository has them
 *   bench_tool run COMMAND [ARG...]  runs it, output to stderr; prints seconds, CPU seconds and peak KiB of memory
 *
 * The data is the same at every call: what is compared in one run can be compared with another.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t seed = 1;

static uint32_t next(void)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 32);
}

static int failed(const char *what)
{
    fprintf(stderr, "bench_tool: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The sum of eight uniform numbers is normal enough. */
static int weights(const char *path, long mib)
{
    static float piece[1 << 18];
    FILE *f = fopen(path, "wb");

    if (!f)
        return failed(path);
    for (long i = 0; i < mib; i++) {
        for (size_t k = 0; k < sizeof(piece) / sizeof(piece[0]); k++) {
            double sum = -4;

            for (int n = 0; n < 8; n++)
                sum += next() / 4294967296.0;
            piece[k] = (float)(sum * 0.025);
        }
        if (fwrite(piece, sizeof(piece), 1, f) != 1)
            return failed(path);
    }
    return fclose(f) == 0 ? 0 : failed(path);
}

/* Lines of made-up code: names repeat, as they do, and numbers do not. */
static void source(FILE *f, uint32_t bytes)
{
    static const char *const part[] = {"load", "tensor", "shape", "batch", "token", "index",  "merge", "config",
                                       "path", "state",  "cache", "value", "limit", "result", "write", "error"};

    for (long at = 0; at < (long)bytes;)
        at += fprintf(f, "%*s%s_%s_%u = %s_%s(%s, %u)  # %s the %s of %s\n", (int)(next() % 4 * 4), "",
                      part[next() % 16], part[next() % 16], next() % 50, part[next() % 16], part[next() % 16],
                      part[next() % 16], next() % 100000, part[next() % 16], part[next() % 16], part[next() % 16]);
}

static int sources(const char *dir, long n)
{
    char path[4096];

    for (long i = 0; i < n; i++) {
        FILE *f;

        if (i % 20 == 0) {
            snprintf(path, sizeof(path), "%s/package_%03ld", dir, i / 200);
            if (mkdir(path, 0755) < 0 && errno != EEXIST)
                return failed(path);
            snprintf(path, sizeof(path), "%s/package_%03ld/part_%ld", dir, i / 200, i / 20 % 10);
            if (mkdir(path, 0755) < 0)
                return failed(path);
        }
        snprintf(path, sizeof(path), "%s/package_%03ld/part_%ld/module_%05ld.py", dir, i / 200, i / 20 % 10, i);
        f = fopen(path, "w");
        if (!f)
            return failed(path);
        source(f, 200 + next() % 7800);
        if (fclose(f) != 0)
            return failed(path);
    }
    return 0;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int run(char **argv)
{
    struct timespec began, ended;
    struct rusage used;
    int status;
    pid_t pid;

    clock_gettime(CLOCK_MONOTONIC, &began);
    pid = fork();
    if (pid < 0)
        return failed("fork");
    if (pid == 0) {
        dup2(2, 1);
        execvp(argv[0], argv);
        _exit(failed(argv[0]) + 126);
    }
    if (wait4(pid, &status, 0, &used) < 0)
        return failed("wait4");
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.3f %.3f %ld\n", (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9,
           seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "weights") == 0)
        return weights(argv[2], strtol(argv[3], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "sources") == 0)
        return sources(argv[2], strtol(argv[3], NULL, 10));
    if (argc > 2 && strcmp(argv[1], "run") == 0)
        return run(argv + 2);
    fputs("usage: bench_tool weights FILE MIB | sources DIR N | run COMMAND [ARG...]\n", stderr);
    return 2;
}
