#include "cli/browser.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/proc.h"

static bool set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

bool cli_browser_takes(const char *url)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < CR_LEN(schemes); i++) {
        const char *rest = url + strlen(schemes[i]);

        if (strncmp(url, schemes[i], strlen(schemes[i])) != 0 || strchr("/?#", *rest))
            continue;
        while (*rest > ' ' && *rest < 0x7f && !strchr("\"'<>\\^`{|}", *rest))
            rest++;
        return !*rest;
    }
    return false;
}

bool cli_browser_open(const char *url)
{
    const char *own = getenv("BROWSER");
    /* A list, or one with arguments, is for xdg-open to take apart. */
    bool simple = own && *own && !strpbrk(own, " :%");
    const char *const argv[] = {simple ? own : "xdg-open", url, NULL};
    const struct cr_proc_opt o = {.argv = argv, .in = -1, .out = -1, .err = -1};
    struct cr_error why = {0};
    pid_t pid;

    if (!cli_browser_takes(url))
        return false;
    if (!set("BROWSER") && !set("DISPLAY") && !set("WAYLAND_DISPLAY"))
        return false;
    return cr_proc_start(&o, &pid, &why) == 0;
}
