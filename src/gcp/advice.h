/*
 * advice.h - what to do about a refusal: each failure of Google's that is known, with the command that mends it.
 *
 * Values of the reply (project, account, repository, service, permission) are filled into the command; what the reply
 * does not say stays a word in capitals. Only plain words are filled in, so a reply cannot put anything else there.
 * Ownership: texts are borrowed. Source: ErrorInfo of https://cloud.google.com/apis/design/errors; the messages of
 * Cloud Build, Cloud Run, Artifact Registry and Cloud Storage, matched by fragments.
 */
#ifndef GCP_ADVICE_H
#define GCP_ADVICE_H

#include <jansson.h>

#include "base/error.h"

enum { GCP_FACTS_TEXT = 640 };

/* What could be learnt from a reply. Strings are borrowed from the document; NULL where it does not say. */
struct gcp_facts {
    char message[GCP_FACTS_TEXT];
    const char *reason;                                     /* of ErrorInfo, of Cloud Storage, of OAuth */
    const char *permission, *service, *consumer, *resource; /* metadata of ErrorInfo; plain words */
    const char *perimeter;                                  /* id of a refusal by VPC Service Controls */
    const char *retry;                                      /* "30s", of RetryInfo */
};

/* Fills err's hint, or leaves it. status: of HTTP, 0 for an operation. */
void gcp_advise(int status, const struct gcp_facts *f, struct cr_error *err);

#endif
