/*
 * aws_verify.h - a signed GetCallerIdentity request, as a subject token of AWS workloads, checked as AWS would.
 *
 * Ownership: what is returned is new. Errors: CR_E_AUTH with what is wrong.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html;
 *   https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
#ifndef LOCAL_AWS_VERIFY_H
#define LOCAL_AWS_VERIFY_H

#include "local/local.h"

/* token: JSON {"url", "method", "headers": [{"key", "value"}]}, still percent-encoded. audience: what the header
 * x-goog-cloud-target-resource must say. *arn is who signed it. */
int local_aws_verify(struct local *l, const char *token, const char *audience, char **arn,
                     struct cr_error *err) CR_CHECKED;

#endif
