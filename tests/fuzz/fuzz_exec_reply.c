/*
 * fuzz_exec_reply.c - whatever a credential's program prints, a token comes only of an answer that says so.
 *
 * Input: what it printed. Holds: a token is the very text of id_token or saml_response, of an answer of version 1 that
 * succeeded and has not expired; everything else is CR_E_AUTH in words that fit on one line, and sets nothing.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gcp/auth_external.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_S 1767323045

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_token(const char *text, size_t size, const char *token)
{
    json_t *doc = json_loadb(text, size, 0, NULL), *end = json_object_get(doc, "expiration_time");
    const char *type = json_string_value(json_object_get(doc, "token_type"));
    const char *key = type && strstr(type, "saml") ? "saml_response" : "id_token";
    const char *said = json_string_value(json_object_get(doc, key));

    require(*token && said && strcmp(said, token) == 0);
    require(json_is_true(json_object_get(doc, "success")));
    require(json_integer_value(json_object_get(doc, "version")) == 1);
    require(!json_is_integer(end) || json_integer_value(end) > NOW_S);
    json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cr_error err = {0};
    char *token = NULL;

    if (gcp_exec_reply((const char *)data, size, "x.json", NOW_S * 1000LL, &token, &err) == 0) {
        require(token && err.code == CR_OK);
        check_token((const char *)data, size, token);
    } else {
        require(!token && err.code == CR_E_AUTH && *err.msg);
        for (const unsigned char *p = (const unsigned char *)err.msg; *p; p++)
            require(*p >= ' ' && *p != 127);
    }
    free(token);
    return 0;
}
