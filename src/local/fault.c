#include "local/fault.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

static const struct {
    const char *word;
    enum local_action action;
} actions[] = {
    {"status", LOCAL_FAULT_STATUS},
    {"delay", LOCAL_FAULT_DELAY},
    {"cut", LOCAL_FAULT_CUT},
    {"reset", LOCAL_FAULT_CUT},
    {"lost", LOCAL_FAULT_LOST},
    {"truncate", LOCAL_FAULT_TRUNCATE},
    {"expire-token", LOCAL_FAULT_EXPIRE_TOKEN},
    {"persist", LOCAL_FAULT_PERSIST},
    {"bad-json", LOCAL_FAULT_BAD_JSON},
    {"fail-operation", LOCAL_FAULT_FAIL_OPERATION},
};

static const char *const numbers[] = {"times",       "skip",     "after_bytes", "status",
                                      "retry_after", "delay_ms", "persist",     "rst"};

void local_faults_init(struct local_faults *f)
{
    pthread_mutex_init(&f->lock, NULL);
    f->rows = json_array();
}

void local_faults_clear(struct local_faults *f)
{
    json_decref(f->rows);
    pthread_mutex_destroy(&f->lock);
}

static enum local_action action_of(const json_t *row)
{
    const char *word = json_string_value(json_object_get(row, "action"));

    if (!word) /* {"persist": N} alone says enough */
        return json_object_get(row, "persist") ? LOCAL_FAULT_PERSIST : LOCAL_FAULT_NONE;
    for (size_t i = 0; i < CR_LEN(actions); i++)
        if (strcmp(word, actions[i].word) == 0)
            return actions[i].action;
    return LOCAL_FAULT_NONE;
}

static bool is_number(const char *key)
{
    for (size_t i = 0; i < CR_LEN(numbers); i++)
        if (strcmp(key, numbers[i]) == 0)
            return true;
    return false;
}

int local_faults_add(struct local_faults *f, const json_t *row, struct cr_error *err)
{
    const char *key;
    json_t *value;

    if (!json_is_string(json_object_get(row, "match")))
        return cr_fail(err, CR_E_USAGE, "a fault needs 'match', such as \"PUT *upload*\"");
    if (action_of(row) == LOCAL_FAULT_NONE)
        return cr_fail(err, CR_E_USAGE,
                       "a fault needs 'action': status, delay, cut, reset, lost, truncate, expire-token, persist, "
                       "bad-json or fail-operation");
    json_object_foreach((json_t *)row, key, value)
    {
        bool text = strcmp(key, "match") == 0 || strcmp(key, "action") == 0 || strcmp(key, "message") == 0;

        if (!text && !is_number(key))
            return cr_fail(err, CR_E_USAGE, "a fault has no key '%s'", key);
        if (text ? !json_is_string(value) : !json_is_integer(value))
            return cr_fail(err, CR_E_USAGE, "a fault's '%s' must be %s", key, text ? "a text" : "an integer");
    }
    pthread_mutex_lock(&f->lock);
    json_array_append_new(f->rows, json_deep_copy(row));
    pthread_mutex_unlock(&f->lock);
    return 0;
}

json_t *local_faults_list(struct local_faults *f)
{
    json_t *copy;

    pthread_mutex_lock(&f->lock);
    copy = json_deep_copy(f->rows);
    pthread_mutex_unlock(&f->lock);
    return copy;
}

void local_faults_drop(struct local_faults *f)
{
    pthread_mutex_lock(&f->lock);
    json_array_clear(f->rows);
    pthread_mutex_unlock(&f->lock);
}

static int64_t number(const json_t *row, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(row, key);

    return value ? (int64_t)json_integer_value(value) : otherwise;
}

static struct local_fault read_row(const json_t *row)
{
    struct local_fault fault = {
        .action = action_of(row),
        .status = (int)number(row, "status", 503),
        .retry_after = (int)number(row, "retry_after", -1),
        .after_bytes = number(row, "after_bytes", -1),
        .delay_ms = number(row, "delay_ms", 0),
        .persist = number(row, "persist", -1),
    };
    const char *message = json_string_value(json_object_get(row, "message"));
    const char *action = json_string_value(json_object_get(row, "action"));

    fault.rst = number(row, "rst", 0) != 0 || (action && strcmp(action, "reset") == 0);
    snprintf(fault.message, sizeof(fault.message), "%s", message ? message : "failed on command");
    return fault;
}

struct local_fault local_faults_take(struct local_faults *f, const char *method, const char *path)
{
    CR_AUTO_FREE char *line = cr_format("%s %s", method, path);
    struct local_fault fault = {.after_bytes = -1, .persist = -1};

    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < json_array_size(f->rows); i++) {
        json_t *row = json_array_get(f->rows, i);
        int64_t times = number(row, "times", 1), skip = number(row, "skip", 0);

        if (fnmatch(json_string_value(json_object_get(row, "match")), line, 0) != 0)
            continue;
        if (skip > 0) {
            json_object_set_new(row, "skip", json_integer(skip - 1));
            continue;
        }
        fault = read_row(row);
        if (times <= 1 && times >= 0)
            json_array_remove(f->rows, i);
        else if (times > 1)
            json_object_set_new(row, "times", json_integer(times - 1));
        break;
    }
    pthread_mutex_unlock(&f->lock);
    return fault;
}
