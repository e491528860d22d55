#include "local/aptconf.h"

#include <glob.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "local/runtime_exec.h"

#define FILE_MAX_BYTES (1 << 20)

static void keep(char **field, const char *value, size_t n)
{
    if (**field)
        return;
    free(*field);
    *field = cr_strndup(value, n);
}

/* One repository: a URI and a suite. Only the distribution's own count. */
static void repository(struct local_apt *apt, const char *uri, size_t n, const char *suites, const char *codename)
{
    CR_AUTO_FREE char *list = cr_strdup(suites), *security = cr_format("%s-security", codename);
    char *rest = list, *word;

    if (strncasecmp(uri, "http", 4) != 0) /* a cdrom or a directory of this machine's helps nobody in a container */
        return;
    while ((word = strsep(&rest, " \t"))) {
        if (strcmp(word, codename) == 0 || strcmp(word, "stable") == 0)
            keep(&apt->mirror, uri, n);
        if (strcmp(word, security) == 0 || strcmp(word, "stable-security") == 0)
            keep(&apt->security, uri, n);
    }
}

/* deb [options] URI SUITE COMPONENT… */
static void one_line(struct local_apt *apt, const char *p, const char *codename)
{
    CR_AUTO_FREE char *suite = NULL;
    size_t n;

    p += strspn(p, " \t");
    if (*p == '[' && !(p = strchr(p, ']')))
        return;
    p += strspn(p, " \t]");
    n = strcspn(p, " \t");
    suite = cr_strdup(p + n + strspn(p + n, " \t"));
    suite[strcspn(suite, " \t")] = '\0';
    repository(apt, p, n, suite, codename);
}

static const char *field_value(const char *line, const char *name)
{
    size_t n = strlen(name);

    return strncasecmp(line, name, n) == 0 ? line + n + strspn(line + n, " \t") : NULL;
}

void local_apt_sources(struct local_apt *apt, const char *text, const char *codename)
{
    CR_AUTO_FREE char *copy = cr_strdup(text);
    char *rest = copy, *line;
    const char *uri = NULL, *suites = NULL, *value;
    bool off = false;

    do {
        line = strsep(&rest, "\n");
        if (!line || !*line) { /* the end of a paragraph */
            if (uri && suites && !off)
                repository(apt, uri, strcspn(uri, " \t"), suites, codename);
            uri = suites = NULL;
            off = false;
        } else if (strncmp(line, "deb ", 4) == 0 || strncmp(line, "deb\t", 4) == 0) {
            one_line(apt, line + 4, codename);
        } else if ((value = field_value(line, "URIs:"))) {
            uri = value;
        } else if ((value = field_value(line, "Suites:"))) {
            suites = value;
        } else if ((value = field_value(line, "Enabled:"))) {
            off = strcasecmp(value, "no") == 0;
        }
    } while (line);
}

static char *codename(void)
{
    CR_AUTO_FREE char *text = NULL;
    struct cr_error ignored = {0};
    const char *at;

    if (cr_file_read("/etc/os-release", FILE_MAX_BYTES, &text, NULL, &ignored) < 0 ||
        !(at = strstr(text, "\nVERSION_CODENAME=")) || !strstr(text, "\nID=debian"))
        return NULL;
    at = strchr(at, '=') + 1;
    return cr_strndup(at, strcspn(at, "\n"));
}

static void read_files(struct local_apt *apt, const char *suite)
{
    static const char *const patterns[] = {"/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list",
                                           "/etc/apt/sources.list.d/*.sources"};

    for (size_t i = 0; i < CR_LEN(patterns); i++) {
        glob_t found;

        if (glob(patterns[i], 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++) {
            CR_AUTO_FREE char *text = NULL;
            struct cr_error ignored = {0};

            if (cr_file_read(found.gl_pathv[k], FILE_MAX_BYTES, &text, NULL, &ignored) == 0)
                local_apt_sources(apt, text, suite);
        }
        globfree(&found);
    }
}

/* Of `apt-config dump`, the lines that say how to reach a mirror. */
static int read_options(struct local_apt *apt, struct cr_error *err)
{
    static const char *const wanted[] = {"::Proxy", "::CaInfo", "::Verify-Peer", "::Verify-Host", "::ProxyAutoDetect"};
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(FILE_MAX_BYTES), kept = CR_STR_INIT(65536);
    char *rest, *line;

    local_args_all(&a, (const char *const[]){"apt-config", "dump", "--no-empty", NULL});
    if (local_exec_text(&a, 30000, &out, err) < 0)
        return -1;
    rest = out.buf;
    while ((line = strsep(&rest, "\n"))) {
        if (strncasecmp(line, "Acquire::http", 13) != 0)
            continue;
        for (size_t i = 0; i < CR_LEN(wanted); i++)
            if (strcasestr(line, wanted[i]) && cr_str_addf(&kept, err, "%s\n", line) < 0)
                return -1;
        if (strncasecmp(line, "Acquire::https::CaInfo \"", 24) == 0)
            keep(&apt->ca_file, line + 24, strcspn(line + 24, "\""));
    }
    free(apt->options);
    apt->options = cr_str_take(&kept);
    return 0;
}

int local_apt_read(struct local_apt *apt, struct cr_error *err)
{
    CR_AUTO_FREE char *suite = codename();

    *apt = (struct local_apt){cr_strdup(""), cr_strdup(""), cr_strdup(""), cr_strdup("")};
    if (suite)
        read_files(apt, suite);
    if (local_exec_found("apt-config") && read_options(apt, err) < 0) {
        local_apt_clear(apt);
        return -1;
    }
    return 0;
}

void local_apt_clear(struct local_apt *apt)
{
    free(apt->mirror);
    free(apt->security);
    free(apt->options);
    free(apt->ca_file);
    *apt = (struct local_apt){0};
}
