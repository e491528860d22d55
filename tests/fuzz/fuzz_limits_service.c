/* Any JSON as a service: every breach is said with its rule and source, and once; with no limits asked nothing is said;
 * and where a legal set is proposed, it is legal. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/limits_service.h"
#include "core/limits_solve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const json_t *service, enum cr_profile profile)
{
    struct cr_limits_subject subject = {.service = service, .name = "svc", .region = "us-east1", .profile = profile};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    size_t len;

    cr_limits_service(&subject, &problems);
    len = problems.len;
    assert(len == 0 || profile != CR_PROFILE_NONE);
    for (size_t i = 0; i < len; i++)
        assert(*problems.row[i].msg && *problems.row[i].rule && *problems.row[i].source);
    cr_limits_service(&subject, &problems);
    assert(problems.len == len);
}

static void solve(const json_t *service, enum cr_profile profile)
{
    struct cr_limits_subject subject = {.service = service, .profile = profile};
    struct cr_limit_value values[CR_LIMIT_FIELD_COUNT];
    struct cr_limit_change change[CR_SOLVE_MAX];
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    int n;

    cr_limits_read(&subject, values, &problems);
    n = cr_limits_solve(values, profile, change);
    for (int i = 0; i < n; i++)
        values[change[i].field].number = change[i].number;
    assert(n < 0 || cr_limits_legal(values, profile));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_auto_t *service = json_loadb((const char *)data, size, 0, NULL);

    if (!json_is_object(service))
        return 0;
    for (int profile = 0; profile <= CR_PROFILE_NONE; profile++)
        check(service, profile);
    for (int profile = 0; profile < CR_PROFILE_COUNT; profile++)
        solve(service, profile);
    return 0;
}
