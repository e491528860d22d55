/* ignore_rule.h - what ignore.c reads and ignore_match.c applies. Nobody else looks inside. */
#ifndef CR_IGNORE_RULE_H
#define CR_IGNORE_RULE_H

#include "core/ignore.h"

struct rule {
    char *pattern;
    bool negated, only_dir;
    struct cr_ignore_origin from; /* its texts are owned */
};

struct cr_ignore {
    enum cr_ignore_kind kind;
    struct rule *rule;
    size_t rules, cap;
};

#endif
