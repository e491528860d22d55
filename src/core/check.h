/*
 * check.h - everything about a plan that can be found wrong without a network.
 *
 * Required keys, names and labels, files, environment, samples, and the limits. All faults are collected, those that
 * the manifest and the plan found before included, so the caller hands the same list on.
 */
#ifndef CR_CHECK_H
#define CR_CHECK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/problems.h"
#include "core/limits.h"
#include "core/plan.h"

/* files: also look whether the files that are named exist. said: judge a service by what is said alone, and leave its
 * defaults out: a live one may have other values. Returns -1 only when something cannot be looked at; what is
 * wrong is in `problems`: ask cr_problems_fail(). */
int cr_check(const struct cr_plan *plan, enum cr_profile profile, bool files, bool said, struct cr_problems *problems,
             struct cr_error *err) CR_CHECKED;

/* What a verb that sends something needs besides: a project and a region are set. CR_E_CONFIG. */
int cr_check_target(const struct cr_plan *plan, struct cr_error *err) CR_CHECKED;

/* The rule for names of services. Source: google.cloud.run.v2.CreateServiceRequest.service_id. */
bool cr_name_ok(const char *name);

#endif
