#include "cli/accounts.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/credential.h"
#include "cli/settings.h"

#define DIR_NAME "credentials"
#define SUFFIX ".json"

enum { MAX_BYTES = 256 << 10, MAX_NAME = 200 };

void cli_accounts_clear(struct cli_accounts *all)
{
    for (size_t i = 0; i < all->len; i++)
        free(all->name[i]);
    free(all->name);
    *all = (struct cli_accounts){0};
}

int cli_account_check(const char *account, struct cr_error *err)
{
    size_t n = strlen(account);
    bool fine = n && n <= MAX_NAME && *account != '.' && *account != '-';

    for (const char *p = account; *p; p++)
        fine = fine && *p > ' ' && *p < 127 && !strchr("/\\\"'", *p);
    if (fine)
        return 0;
    cr_fail(err, CR_E_USAGE, "'%.200s' is no name of an account", account);
    return cr_hint(err, "it is an e-mail address; 'crdeploy auth list' shows those that are known");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "x" of "x.json"; NULL for another file, a temporary one among them. New. */
static char *account_of(const char *file)
{
    size_t n = strlen(file), tail = strlen(SUFFIX);

    return *file != '.' && n > tail && strcmp(file + n - tail, SUFFIX) == 0 ? cr_strndup(file, n - tail) : NULL;
}

int cli_accounts_list(struct cli_accounts *all, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL;
    struct cli_accounts made = {0};
    const struct dirent *entry;
    DIR *dir;

    if (cr_xdg_path(CR_XDG_CONFIG, DIR_NAME, &path, err) < 0)
        return -1;
    dir = opendir(path);
    if (!dir && errno != ENOENT)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", path, strerror(errno));
    while (dir && (entry = readdir(dir))) {
        char *account = account_of(entry->d_name);

        if (!account)
            continue;
        made.name = cr_realloc(made.name, (made.len + 1) * sizeof(*made.name));
        made.name[made.len++] = account;
    }
    if (dir)
        closedir(dir);
    if (made.len)
        qsort(made.name, made.len, sizeof(*made.name), by_name);
    *all = made;
    return 0;
}

int cli_account_save(const char *account, const json_t *credential, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL, *to = NULL;
    char *text;
    int rc;

    if (cli_account_check(account, err) < 0 || cr_xdg_dir(CR_XDG_CONFIG, DIR_NAME, &dir, err) < 0 ||
        cli_credential_path(account, &to, err) < 0)
        return -1;
    if (chmod(dir, 0700) < 0) /* somebody may have made it with another */
        return cr_fail(err, CR_E_IO, "cannot keep others out of '%s': %s", dir, strerror(errno));
    text = cr_oom_check(json_dumps(credential, JSON_INDENT(2)));
    rc = cr_file_write(to, text, strlen(text), 0600, err);
    explicit_bzero(text, strlen(text));
    free(text);
    if (rc == 0 && path)
        *path = CR_STEAL(to);
    return rc;
}

int cli_account_load(const char *account, json_t **credential, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL;
    char *text = NULL;
    json_error_t at;
    size_t len;

    if (cli_account_check(account, err) < 0 || cli_credential_path(account, &path, err) < 0)
        return -1;
    *credential = NULL;
    if (!cr_file_exists(path))
        return 0;
    if (cr_file_read(path, MAX_BYTES, &text, &len, err) < 0)
        return -1;
    *credential = json_loadb(text, len, 0, &at);
    explicit_bzero(text, len);
    free(text);
    if (*credential)
        return 0;
    cr_fail(err, CR_E_CONFIG, "%s:%d:%d: the credential is no JSON", path, at.line, at.column);
    return cr_hint(err, "log in again, or remove it: crdeploy auth revoke --local %s", account);
}

int cli_account_remove(const char *account, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *active = NULL;

    if (cli_account_check(account, err) < 0 || cli_credential_path(account, &path, err) < 0 ||
        cli_account_active(&active, err) < 0)
        return -1;
    if (unlink(path) < 0 && errno != ENOENT)
        return cr_fail(err, CR_E_IO, "cannot remove '%s': %s", path, strerror(errno));
    return active && strcmp(active, account) == 0 ? cli_account_activate(NULL, err) : 0;
}

int cli_account_active(char **account, struct cr_error *err)
{
    return cli_config_get("account", account, err);
}

int cli_account_activate(const char *account, struct cr_error *err)
{
    return cli_config_set("account", account, err);
}
