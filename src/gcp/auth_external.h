/*
 * auth_external.h - where an external account's subject token comes from: what somebody other than Google vouches with.
 *
 * A file, a web address, a program, or AWS's signature; see the credential file's credential_source.
 *
 * Trust: a program runs only when $GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1, without a shell; AWS's metadata is
 *   only asked at its own addresses unless env->allow_custom.
 * Ownership: tokens are new, and wiped by the caller (gcp_secret_wipe()). Errors: CR_E_AUTH naming the credential file
 *   and the source in it. Source: google.aip.dev/auth/4117.
 */
#ifndef GCP_AUTH_EXTERNAL_H
#define GCP_AUTH_EXTERNAL_H

#include "gcp/auth_json.h"
#include "gcp/http.h"

struct gcp_subject {
    const struct gcp_auth_env *env;
    const json_t *source; /* credential_source */
    const char *name;     /* the credential file */
    const char *audience, *type;
    const char *email; /* that is impersonated afterwards, or NULL */
};

#define GCP_SUBJECT_AWS "urn:ietf:params:aws:token-type:aws4_request"

/* By whichever kind of source it is. */
int gcp_subject_token(const struct gcp_subject *s, char **token, struct cr_error *err) CR_CHECKED;

int gcp_subject_file(const struct gcp_subject *s, char **token, struct cr_error *err) CR_CHECKED;
int gcp_subject_url(const struct gcp_subject *s, char **token, struct cr_error *err) CR_CHECKED;
int gcp_subject_exec(const struct gcp_subject *s, char **token, struct cr_error *err) CR_CHECKED;
int gcp_subject_aws(const struct gcp_subject *s, char **token, struct cr_error *err) CR_CHECKED;

/* Pure: what a program printed, at now_ms; CR_E_AUTH with the program's own message when it failed. */
int gcp_exec_reply(const char *text, size_t len, const char *name, int64_t now_ms, char **token,
                   struct cr_error *err) CR_CHECKED;

struct gcp_aws {
    const char *key_id, *secret, *session; /* session may be NULL */
    const char *region, *audience, *date;  /* date: 20260102T030405Z */
    const char *url; /* "https://sts.REGION.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15" */
};
/* Pure: the signed request as the token exchange takes it, percent-encoded JSON. New. */
char *gcp_aws_token(const struct gcp_aws *aws);

/* GET, or PUT, of a text from a web address that is no API of Google's; 200 only. */
int gcp_subject_fetch(const struct gcp_subject *s, const char *method, const char *url,
                      const struct gcp_header *headers, char **text, struct cr_error *err) CR_CHECKED;

#endif
