#include "cli/cmd.h"

/* One line per verb; the order is that of the help. */
/* clang-format off */
#define VERBS(X) \
    X(init) \
    X(check) \
    X(generate) \
    X(build) \
    X(deploy) \
    X(predict) \
    X(limits) \
    X(local_up) \
    X(local_down) \
    X(local_status) \
    X(local_logs) \
    X(config_get) \
    X(config_set) \
    X(config_unset) \
    X(config_list) \
    X(version) \
    X(help)
/* clang-format on */

#define DECLARE(name) extern const struct verb verb_##name;
VERBS(DECLARE)

#define LIST(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(LIST) NULL};
