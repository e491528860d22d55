/*
 * fuzz_login.c - what comes from outside during a login: the client's file, and what the browser brings back.
 *
 * Input: 'c' and a client file, or 'q' and a query. Holds: a client that is taken sends the browser and the code to
 * Google, by an address of visible characters; a query is granted only with our state and a code, and what it says in
 * an error is UTF-8 of one line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gcp/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATE "abc"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void client(const char *text, size_t n)
{
    static const char accounts[] = "https://accounts.google.com/", token[] = "https://oauth2.googleapis.com/token";
    struct gcp_login_client c = {0};
    struct gcp_login login = {0};
    struct cr_error err = {0};
    struct gcp g;
    char *url;

    if (gcp_login_client_read(text, n, "c.json", false, &c, &err) < 0) {
        require(err.code == CR_E_CONFIG && err.hint[0] && !c.id);
        return;
    }
    require(strncmp(c.auth_uri, accounts, strlen(accounts)) == 0 && strncmp(c.token_uri, token, strlen(token)) == 0);
    gcp_init(&g, NULL, NULL, NULL);
    require(gcp_login_begin("http://127.0.0.1:1/", &login, &err) == 0);
    url = gcp_login_url(&g, &c, &login, NULL);
    require(strncmp(url, accounts, strlen(accounts)) == 0);
    for (const char *p = url; *p; p++)
        require(*p > ' ' && *p < 127);
    free(url);
    gcp_login_clear(&login);
    gcp_login_client_clear(&c);
    gcp_clear(&g);
}

static void query(const char *text)
{
    char state[] = STATE;
    const struct gcp_login login = {.state = state};
    struct cr_error err = {0};
    char *code = NULL;

    switch (gcp_login_answer(&login, text, &code, &err)) {
    case GCP_LOGIN_GRANTED:
        require(code && *code && strstr(text, "state=") && strstr(text, "code="));
        require(strpbrk(text, "?#") || !strstr(text, "&error="));
        break;
    case GCP_LOGIN_DENIED:
        require(strstr(text, "state=") && !code && err.code == CR_E_AUTH);
        break;
    case GCP_LOGIN_STRANGER:
        require(!code && err.code == CR_E_AUTH);
        break;
    }
    for (const unsigned char *p = (const unsigned char *)err.msg; *p; p++)
        require(*p >= ' ' && *p != 127);
    free(code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (!size)
        return 0;
    text = cr_strndup((const char *)data + 1, size - 1);
    if (*data == 'c')
        client((const char *)data + 1, size - 1);
    else if (*data == 'q')
        query(text);
    free(text);
    return 0;
}
