#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/traffic.h"

/* "1-kob=20 LATEST=80#canary" as a list of targets, and back. */
static json_t *read_list(const char *text)
{
    json_t *list = json_array();
    char name[64], tag[64];
    int percent;

    for (size_t n; *text; text += n + (text[n] == ' ')) {
        CR_AUTO_FREE char *word = NULL;
        json_t *target = json_object();

        n = strcspn(text, " ");
        word = cr_strndup(text, n);
        *tag = '\0';
        percent = 0;
        if (strchr(word, '=') ? sscanf(word, "%63[^=#]=%d#%63s", name, &percent, tag) < 2
                              : sscanf(word, "%63[^=#]#%63s", name, tag) < 1)
            fail_msg("bad row '%s'", word);
        json_object_set_new(target, "type",
                            json_string(strcmp(name, "LATEST") == 0 ? "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
                                                                    : "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"));
        if (strcmp(name, "LATEST") != 0)
            json_object_set_new(target, "revision", json_string(name));
        if (percent)
            json_object_set_new(target, "percent", json_integer(percent));
        if (*tag)
            json_object_set_new(target, "tag", json_string(tag));
        json_array_append_new(list, target);
    }
    return list;
}

/* What gcloud's own client makes of each, where it sends anything; NULL where it refuses. */
TEST(shares_and_tags_are_those_gcloud_makes)
{
    static const struct {
        const char *before;
        struct cr_traffic_change change;
        const char *after;
    } rows[] = {
        {"1-kob=100", {.to_latest = true}, "LATEST=100"},
        {"LATEST=100", {.to_latest = true}, "LATEST=100"},
        {"1-kob=10#blue 2-vip=15 LATEST=75#canary", {.clear_tags = true}, "1-kob=10 2-vip=15 LATEST=75"},
        {"LATEST=100", {.clear_tags = true}, "LATEST=100"},
        {"2-vip=100 1-kob#blue", {.set_tags = ""}, "2-vip=100 1-kob#blue"},
        {"2-vip=100 1-kob#blue", {.update_tags = "", .remove_tags = ""}, "2-vip=100 1-kob#blue"},
        {"LATEST=75#canary 2-vip=25", {.to_revisions = "", .to_tags = ""}, "LATEST=75#canary 2-vip=25"},
        {"2-vip=100 1-kob#blue", {.set_tags = "", .to_latest = true}, "LATEST=100 1-kob#blue"},
        {"2-vip=100 1-kob#blue 2-vip#green 3-fuz#canary", {.clear_tags = true}, "2-vip=100"},
        {"2-vip=100 1-kob#blue 2-vip#green 3-fuz#canary",
         {.to_latest = true, .remove_tags = "blue,green"},
         "LATEST=100 3-fuz#canary"},
        {"1-kob=10#blue 2-vip=15 LATEST=75#canary", {.to_revisions = "2-vip=100", .clear_tags = true}, "2-vip=100"},
        {"LATEST=100", {.to_revisions = "1-kob=20", .update_tags = "old=1-kob"}, "1-kob=20 LATEST=80 1-kob#old"},
        {"LATEST=100 1-kob#blue LATEST#canary", {.remove_tags = "blue", .to_tags = "blue=30"}, NULL},
        {"LATEST=100 1-kob#blue LATEST#canary", {.remove_tags = "nope"}, "LATEST=100 1-kob#blue LATEST#canary"},
        {"1-kob=10#blue 2-vip=15 LATEST=75#canary",
         {.to_revisions = "1-kob=100"},
         "1-kob=100 1-kob#blue LATEST#canary"},
        {"LATEST=100 1-kob#blue LATEST#canary", {.to_revisions = "1-kob=100"}, "1-kob=100 1-kob#blue LATEST#canary"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "1-kob=100"}, "1-kob=100"},
        {"LATEST=100 1-kob#blue LATEST#canary", {.set_tags = "red=2-vip"}, "LATEST=100 2-vip#red"},
        {"1-kob=10#blue 2-vip=15 LATEST=75#canary", {.to_latest = true}, "LATEST=100 1-kob#blue LATEST#canary"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_latest = true}, "LATEST=100"},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=20,2-vip=30,LATEST=50"}, "1-kob=20 2-vip=30 LATEST=50"},
        {"LATEST=100", {.to_revisions = "1-kob=50,LATEST=50"}, "1-kob=50 LATEST=50"},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "2-vip=100,LATEST=0"}, "2-vip=100"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "2-vip=1"}, "1-kob=49 2-vip=1 LATEST=50"},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=60"}, "1-kob=60 2-vip=11 LATEST=29"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "1-kob=50"}, "1-kob=50 2-vip=25 LATEST=25"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "LATEST=7"}, "1-kob=47 2-vip=46 LATEST=7"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "1-kob=10,2-vip=11"}, "1-kob=10 2-vip=11 LATEST=79"},
        {"LATEST=100", {.to_revisions = "no-such-rev=30"}, "no-such-rev=30 LATEST=70"},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=0"}, "2-vip=29 LATEST=71"},
        {"LATEST=100 1-kob#blue LATEST#canary", {.to_tags = "blue=100"}, "1-kob=100 1-kob#blue LATEST#canary"},
        {"2-vip=100 1-kob#blue 2-vip#green 3-fuz#canary",
         {.to_tags = "canary=20"},
         "2-vip=80 3-fuz=20 1-kob#blue 2-vip#green 3-fuz#canary"},
        {"LATEST=100 1-kob#blue LATEST#canary", {.to_tags = "nope=10"}, NULL},
        {"2-vip=100 1-kob#blue 2-vip#green 3-fuz#canary",
         {.update_tags = "red=2-vip", .remove_tags = "blue"},
         "2-vip=100 2-vip#green 3-fuz#canary 2-vip#red"},
        {"1-kob=100", {.update_tags = "canary=LATEST"}, "1-kob=100 LATEST#canary"},
        {"LATEST=100 1-kob#blue LATEST#canary", {.update_tags = "blue=2-vip"}, "LATEST=100 LATEST#canary 2-vip#blue"},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=10,2-vip=10,LATEST=10"}, NULL},
        {"LATEST=100", {.to_revisions = "LATEST=0"}, NULL},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=60,2-vip=50"}, NULL},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=33.3"}, NULL},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=50%"}, NULL},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_tags = "blue=150"}, NULL},
        {"1-kob=30 2-vip=20 LATEST=50", {.to_revisions = "1-kob=half"}, NULL},
        {"1-kob=100", {.to_revisions = "1-kob=-1"}, NULL},
        {"1-kob=100", {.update_tags = "Canary=LATEST"}, NULL},
        {"1-kob=100", {.update_tags = "canary="}, NULL},
        {"", {.to_revisions = "1-kob=1"}, "1-kob=1 LATEST=99"},
        {"1-kob=50 2-vip=50", {.to_revisions = "LATEST=1"}, "1-kob=50 2-vip=49 LATEST=1"},
        {"1-kob=100#a", {.update_tags = "a=1-kob"}, "1-kob=100 1-kob#a"},
        {"LATEST=100 1-kob#blue LATEST#canary",
         {.update_tags = "new=LATEST,blue=1-kob"},
         "LATEST=100 LATEST#canary 1-kob#blue LATEST#new"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "2-vip=99"}, "1-kob 2-vip=99 LATEST=1"},
        {"1-kob=33 2-vip=33 LATEST=34", {.to_revisions = "2-vip=99,1-kob=0"}, "2-vip=99 LATEST=1"},
        {"LATEST=100 1-kob#blue", {.set_tags = "z=1-kob,a=LATEST"}, "LATEST=100 LATEST#a 1-kob#z"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *before = read_list(rows[i].before), *got = NULL;
        json_auto_t *after = rows[i].after ? read_list(rows[i].after) : NULL;
        struct cr_error err = {0};
        int rc = cr_traffic_edit(before, &rows[i].change, &got, &err);
        CR_AUTO_FREE char *text = got ? json_dumps(got, JSON_COMPACT) : cr_strdup("");

        if (rc != (after ? 0 : -1) || (after && !json_equal(got, after)))
            fail_msg("row %zu, '%s': %s %s", i, rows[i].before, text, err.msg);
        assert_true(after || (err.code == CR_E_USAGE && *err.hint));
    }
}

TEST(a_target_reads_well)
{
    json_auto_t *list = read_list("1-kob=20 LATEST#canary");
    CR_AUTO_FREE char *a = cr_traffic_text(json_array_get(list, 0)), *b = cr_traffic_text(json_array_get(list, 1));

    assert_string_equal(a, "1-kob 20%");
    assert_string_equal(b, "LATEST 0%, tag canary");
}

TEST_MAIN(cmocka_unit_test(shares_and_tags_are_those_gcloud_makes), cmocka_unit_test(a_target_reads_well))
