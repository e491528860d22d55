#include "base/env.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static const char *const kept[] = {
    /* who and where */
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "DBUS_SESSION_BUS_ADDRESS", /* podman asks the user's systemd for control groups */
    /* how to reach what is fetched */
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    /* the container tools; paths and addresses, no secrets */
    "CONTAINERS_CONF",
    "CONTAINERS_REGISTRIES_CONF",
    "CONTAINERS_STORAGE_CONF",
    "REGISTRY_AUTH_FILE",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "CRDEPLOY_BUILD_ISOLATION",
};

bool cr_env_is_kept(const char *text)
{
    size_t n = strcspn(text, "=");

    for (size_t i = 0; i < CR_LEN(kept); i++)
        if (strlen(kept[i]) == n && strncmp(kept[i], text, n) == 0)
            return true;
    return false;
}

const char *cr_env(const char *name)
{
    return cr_env_is_kept(name) ? getenv(name) : NULL;
}

char **cr_env_kept(void)
{
    size_t n = 0, have = 0;
    char **list;

    while (environ && environ[have])
        have++;
    list = cr_malloc((have + 1) * sizeof(*list));
    for (size_t i = 0; i < have; i++)
        if (cr_env_is_kept(environ[i]))
            list[n++] = environ[i];
    list[n] = NULL;
    return list;
}
