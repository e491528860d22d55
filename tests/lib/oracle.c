/*
 * oracle.c - crdeploy beside the recordings of gcloud: every command line of a file under tests/data/gcloud is run as a
 * dry run on the state it was recorded on, what it would send is applied to that state, and what comes out is compared
 * with what gcloud left. See tests/data/gcloud/README.md.
 *
 *   oracle FILE [NAME...]     FILE: deploy, update, traffic, refused
 *
 * Expects a running local platform and crdeploy in PATH, aimed at it by the environment. Works in the directory it is
 * started in. Prints a line for each case that is not as it should be, and how many there were; fails when one is not.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "core/service_v1.h"
#include "lib/oracle_apply.h"
#include "lib/v1_form.h"

#define EXIT_LIMIT 3
#define MOST_ARGS 64

struct oracle {
    const char *file;
    json_t *states, *differences;
    const char *state; /* what is loaded: a name, "" for no service at all, NULL before the first */
    json_t *live;      /* as v2; NULL without */
};

struct run {
    int status;
    json_t *out; /* what it printed, or NULL */
    char *text;
};

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* ---- running ---- */

static void die(const char *what, const struct cr_error *err)
{
    fprintf(stderr, "oracle: %s: %s\n", what, err->msg);
    exit(2);
}

static struct run run(const char *const *argv)
{
    CR_AUTO_STR struct cr_str text = CR_STR_INIT(16 << 20);
    struct cr_error err = {0};
    struct run r = {0};
    const char *brace;

    if (cr_proc_run(argv, NULL, 120000, &text, &r.status, &err) < 0)
        die(argv[1], &err);
    brace = strncmp(text.buf, "{", 1) == 0 ? text.buf : strstr(text.buf, "\n{"); /* warnings come first */
    r.out = brace ? json_loads(brace, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    r.text = cr_str_take(&text);
    return r;
}

static void run_clear(struct run *r)
{
    json_decref(r->out);
    free(r->text);
}

static void must(const char *const *argv, json_t **out)
{
    struct run r = run(argv);

    if (r.status) {
        fprintf(stderr, "oracle: '%s %s' failed: %s\n", argv[1], argv[2], r.text);
        exit(2);
    }
    if (out)
        *out = json_incref(r.out);
    run_clear(&r);
}

static void write_file(const char *path, const char *text)
{
    struct cr_error err = {0};

    if (cr_file_write(path, text, strlen(text), 0600, &err) < 0)
        die(path, &err);
}

/* Has the platform as the case found it. A dry run changes nothing, so cases of one state share it. */
static void have_state(struct oracle *o, const char *name)
{
    if (o->state && strcmp(o->state, name) == 0)
        return;
    if (*name) {
        CR_AUTO_FREE char *text = json_dumps(json_object_get(o->states, name), 0);

        write_file("state.json", text);
        must((const char *const[]){"crdeploy", "local", "load", "state.json", NULL}, NULL);
    } else if (o->state && *o->state) {
        must((const char *const[]){"crdeploy", "services", "delete", "scorer", "--yes", NULL}, NULL);
    }
    json_decref(o->live);
    o->live = NULL;
    o->state = name;
    if (*name)
        must((const char *const[]){"crdeploy", "services", "describe", "scorer", "--json", NULL}, &o->live);
}

/* gcloud's own words; crdeploy takes "beta run deploy" as it is. */
static struct run run_case(const json_t *row, bool no_limits)
{
    const char *argv[MOST_ARGS] = {"crdeploy"};
    const json_t *given = json_object_get(row, "argv"), *properties = json_object_get(row, "properties");
    CR_AUTO_FREE char *project = getenv("CLOUDSDK_CORE_PROJECT") ? cr_strdup(getenv("CLOUDSDK_CORE_PROJECT")) : NULL;
    size_t n = 1, i = 0;
    json_t *text;
    const char *name;
    struct run r;

    json_object_foreach(json_object_get(row, "files"), name, text) write_file(name, json_string_value(text));
    for (; i < json_array_size(given) && n < MOST_ARGS - 4; i++)
        argv[n++] = json_string_value(json_array_get(given, i));
    argv[n++] = "--dry-run";
    argv[n++] = "--json";
    if (no_limits)
        argv[n++] = "--no-limit-check";
    if (json_object_get(properties, "CLOUDSDK_CORE_PROJECT"))
        unsetenv("CLOUDSDK_CORE_PROJECT");
    r = run(argv);
    if (project)
        setenv("CLOUDSDK_CORE_PROJECT", project, 1);
    return r;
}

/* ---- what the requests would leave ---- */

static struct oracle_outcome apply_all(const struct oracle *o, const json_t *requests)
{
    const json_t *state = json_object_get(o->states, o->state);
    struct oracle_outcome out = {.service = json_deep_copy(o->live),
                                 .policy = json_deep_copy(json_object_get(state, "policy"))};
    json_t *request;
    size_t i;

    json_array_foreach((json_t *)requests, i, request) oracle_apply(&out, request);
    return out;
}

/* ---- comparing ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

/* "role member" of every binding, in order; conditions and etags aside. New. */
static json_t *policy_form(const json_t *policy)
{
    json_t *rows = json_array(), *binding, *member, **sorted, *out = json_array();
    size_t i, m;

    json_array_foreach(json_object_get(policy, "bindings"), i, binding)
        json_array_foreach(json_object_get(binding, "members"), m, member)
            json_array_append_new(rows, json_sprintf("%s %s", text_at(binding, "role"), json_string_value(member)));
    sorted = cr_malloc((json_array_size(rows) + 1) * sizeof(json_t *));
    json_array_foreach(rows, i, binding) sorted[i] = binding;
    qsort(sorted, json_array_size(rows), sizeof(json_t *), by_text);
    for (i = 0; i < json_array_size(rows); i++)
        json_array_append(out, sorted[i]);
    free(sorted);
    json_decref(rows);
    return out;
}

static json_t *template_of(const json_t *v1)
{
    return json_object_get(json_object_get(v1, "spec"), "template");
}

static char *add(char *text, char *more)
{
    char *both = cr_format("%s%s", text, more);

    free(text);
    free(more);
    return both;
}

/* Whether a rule of "*" is about this case: {"state": "none"} about new services, {"unless": FLAG} not where it is
 * given. */
static bool rule_holds(const struct oracle *o, const json_t *row, const json_t *rule)
{
    const char *unless = text_at(rule, "unless");
    json_t *word;
    size_t i;

    if (strcmp(text_at(rule, "state"), "none") == 0 && *o->state)
        return false;
    json_array_foreach(json_object_get(row, "argv"), i,
                       word) if (*unless && strncmp(json_string_value(word), unless, strlen(unless)) == 0) return false;
    return true;
}

static void change_form(json_t **form, const json_t *patch)
{
    json_t *changed = v1_form_patch(*form, patch);

    json_decref(*form);
    *form = changed;
}

/* What gcloud left, with what is allowed to differ. */
static json_t *expected_form(const struct oracle *o, const json_t *row, const json_t *difference, json_t **whole)
{
    const json_t *service = json_object_get(json_object_get(o->states, o->state), "service"), *rule;
    json_t *form;
    size_t i;

    *whole = json_object_get(row, "service") ? json_deep_copy(json_object_get(row, "service"))
                                             : merge_patch(service, json_object_get(row, "change"));
    form = v1_form(*whole, service);
    json_array_foreach(json_object_get(o->differences, "*"), i,
                       rule) if (json_object_get(rule, "change") && rule_holds(o, row, rule))
        change_form(&form, json_object_get(rule, "change"));
    if (json_object_get(difference, "change"))
        change_form(&form, json_object_get(difference, "change"));
    return form;
}

/* A member that a rule leaves to crdeploy: {"free": "spec|template|spec|containerConcurrency"}. */
static void forget_free(const struct oracle *o, const json_t *row, json_t *form)
{
    const json_t *rule;
    size_t i;

    json_array_foreach(json_object_get(o->differences, "*"), i, rule)
    {
        CR_AUTO_FREE char *text = cr_strdup(text_at(rule, "free"));
        char *save = NULL, *key = strtok_r(text, "|", &save), *next;
        json_t *at = form;

        if (!key || !rule_holds(o, row, rule))
            continue;
        while ((next = strtok_r(NULL, "|", &save))) {
            at = json_object_get(at, key);
            key = next;
        }
        json_object_del(at, key);
    }
}

/* A namespace is only said of a new service: an old one stands where it was loaded. */
static char *compare_place(const json_t *row, const json_t *v1)
{
    const char *want = text_at(json_object_get(json_object_get(row, "service"), "metadata"), "namespace");
    const char *got = text_at(json_object_get(v1, "metadata"), "namespace");

    return *want && strcmp(want, got) != 0 ? cr_format("  project: %s, not %s\n", got, want) : cr_strdup("");
}

static char *compare(const struct oracle *o, const json_t *row, const json_t *difference,
                     const struct oracle_outcome *got)
{
    const json_t *state = json_object_get(o->states, o->state), *policy = json_object_get(row, "policy");
    json_auto_t *v1 = cr_service_to_v1(got->service), *whole = NULL;
    json_auto_t *want = expected_form(o, row, difference, &whole);
    json_auto_t *have = v1_form(v1, json_object_get(state, "service"));
    json_auto_t *want_policy = policy_form(policy ? policy : json_object_get(state, "policy"));
    json_auto_t *have_policy = policy_form(got->policy);
    bool want_new = !*o->state || !json_equal(template_of(whole), template_of(json_object_get(state, "service")));
    bool have_new =
        !*o->state || !json_equal(json_object_get(got->service, "template"), json_object_get(o->live, "template"));
    char *text;

    forget_free(o, row, want);
    forget_free(o, row, have);
    text = add(json_difference(have, want), json_difference(have_policy, want_policy));
    if (want_new != have_new)
        text = add(text, cr_format("  %s\n", want_new ? "no new revision is made" : "a new revision is made"));
    text = add(text, compare_place(row, v1));
    return got->odd ? add(text, cr_format("  sends %s\n", got->odd)) : text;
}

/* Whether what was said names a word of the text, in quotes; or the text as a whole. */
static bool names_word(const char *text, const char *said)
{
    if (*text && strstr(said, text))
        return true;
    for (size_t len; *text; text += len + (text[len] != 0)) {
        CR_AUTO_FREE char *word = NULL;

        len = strcspn(text, "=,:");
        word = cr_format("'%.*s'", (int)len, text);
        if (len && strstr(said, word))
            return true;
    }
    return false;
}

/* Whether what was said names an option or a value of the command line, or what is missing from it. */
static bool names_something(const json_t *row, const char *said)
{
    static const char *const missing[] = {"name", "project", "image", "percent"};
    json_t *word;
    size_t i;

    json_array_foreach(json_object_get(row, "argv"), i, word)
    {
        const char *text = json_string_value(word), *equals = strchr(text, '=');
        CR_AUTO_FREE char *flag = cr_strndup(text, equals ? (size_t)(equals - text) : strlen(text));

        if (i > 1 && *flag && (strstr(said, flag) || (equals && names_word(equals + 1, said))))
            return true;
    }
    for (i = 0; i < CR_LEN(missing); i++)
        if (strstr(said, missing[i]))
            return true;
    return false;
}

static char *check_refused(const json_t *row, const struct run *r)
{
    const char *said = text_at(json_object_get(r->out, "error"), "message");

    if (r->status == 0)
        return cr_strdup("  is not refused\n");
    if (json_object_get(r->out, "requests"))
        return cr_strdup("  is refused, and lists requests\n");
    return names_something(row, said) ? cr_strdup("") : cr_format("  names no value: %s\n", r->text);
}

static char *check_sent(struct oracle *o, const json_t *row, const json_t *difference, const struct run *r)
{
    struct oracle_outcome out;
    char *text;

    if (r->status)
        return cr_format("  exit status %d: %.400s\n", r->status, r->text);
    if (!json_is_array(json_object_get(r->out, "requests")))
        return cr_format("  no list of requests: %.200s\n", r->text);
    out = apply_all(o, json_object_get(r->out, "requests"));
    text = out.service ? compare(o, row, difference, &out) : cr_strdup("  no service is sent\n");
    oracle_clear(&out);
    return text;
}

/* What is wrong with a case; "" for nothing. New. */
static char *check_case(struct oracle *o, const json_t *row, const json_t *difference)
{
    const json_t *listed = json_object_get(difference, "exit");
    int exit_status = (int)json_integer_value(listed ? listed : json_object_get(row, "exit"));
    bool unchecked = strncmp(text_at(row, "name"), "unchecked-", 10) == 0;
    bool limited = json_is_true(json_object_get(difference, "limit"));
    bool legal = json_is_false(json_object_get(difference, "limit"));
    struct run r;
    char *text;

    have_state(o, text_at(row, "state"));
    r = run_case(row, false);
    if (exit_status || limited || (unchecked && !legal)) {
        text = exit_status ? check_refused(row, &r) : cr_strdup("");
        if (!exit_status && r.status != EXIT_LIMIT)
            text = add(text, cr_format("  exit status %d, not %d: %.300s\n", r.status, EXIT_LIMIT, r.text));
        run_clear(&r);
        if (exit_status)
            return text;
        r = run_case(row, true);
        text = add(text, check_sent(o, row, difference, &r));
    } else {
        text = check_sent(o, row, difference, &r);
    }
    run_clear(&r);
    return text;
}

/* What a dry run must leave as it was. */
static bool untouched(struct oracle *o)
{
    json_auto_t *now = NULL;

    if (!o->live)
        return true;
    must((const char *const[]){"crdeploy", "services", "describe", "scorer", "--json", NULL}, &now);
    return json_equal(now, o->live);
}

static bool wanted(const char *name, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    CR_AUTO_FREE char *states = oracle_path("states.jsonl"), *differences = oracle_path("differences.json");
    CR_AUTO_FREE char *file = cr_format("%s.jsonl", argc > 1 ? argv[1] : "deploy"), *path = oracle_path(file);
    struct oracle o = {
        .file = argv[1], .states = lines_by_name(states), .differences = json_load_file(differences, 0, NULL)};
    json_t *rows = lines_by_name(path), *row;
    int count = 0, wrong = 0;
    const char *name;

    if (argc < 2 || !o.differences) {
        fprintf(stderr, "usage: oracle deploy|update|traffic|refused [NAME...]\n");
        return 2;
    }
    json_object_foreach(rows, name, row)
    {
        CR_AUTO_FREE char *key = cr_format("%s/%s", o.file, name), *text = NULL;

        if (!wanted(name, argv + 2))
            continue;
        text = check_case(&o, row, json_object_get(o.differences, key));
        count++;
        if (*text || !untouched(&o)) {
            wrong++;
            printf("%s:\n%s", name, *text ? text : "  the dry run changed the service\n");
        }
    }
    printf("%d of %d are as they should be\n", count - wrong, count);
    json_decref(rows);
    json_decref(o.states);
    json_decref(o.differences);
    json_decref(o.live);
    return wrong ? 1 : 0;
}
