/*
 * Lines of "FLAG=VALUE" for one container of a live service: refused with a message, or applied so that no name stands
 * twice, nothing empty is left, and what comes out is JSON.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/edit_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char live[] =
    "{\"template\":{\"containers\":[{\"name\":\"a\",\"image\":\"i\",\"ports\":[{\"name\":\"http1\",\"containerPort\":"
    "8080}],"
    "\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"T\",\"valueSource\":{\"secretKeyRef\":{\"secret\":\"tok\","
    "\"version\":\"1\"}}}],\"startupProbe\":{\"tcpSocket\":{\"port\":8080}},\"volumeMounts\":[{\"name\":\"cert-1\","
    "\"mountPath\":\"/etc/cert\"},{\"name\":\"m\",\"mountPath\":\"/"
    "m\"}]}],\"volumes\":[{\"name\":\"cert-1\",\"secret\":{"
    "\"secret\":\"cert\",\"items\":[{\"path\":\"tls.pem\",\"version\":\"3\"}]}},{\"name\":\"m\",\"gcs\":{\"bucket\":"
    "\"b\"}}]}}";

/* A flag of containers or volumes that reads no file, or CR_FLAG_COUNT. */
static enum cr_flag find(const char *name)
{
    for (int flag = 0; flag < CR_FLAG_COUNT; flag++)
        if (cr_edit_container[flag] && flag != CR_FLAG_ENV_VARS_FILE && strcmp(cr_flags[flag].name, name) == 0)
            return (enum cr_flag)flag;
    return CR_FLAG_COUNT;
}

static int read_lines(char *text, struct cr_edits *edits, struct cr_error *err)
{
    for (char *next; text && *text; text = next) {
        const char *value = "";
        char *equals;
        enum cr_flag flag;

        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        equals = strchr(text, '=');
        if (equals) {
            *equals = '\0';
            value = equals + 1;
        }
        flag = find(text);
        if (flag == CR_FLAG_COUNT || edits->len == CR_EDITS_MAX)
            continue;
        if (cr_flags[flag].form == CR_FORM_BOOL)
            value = equals ? "true" : "false";
        else if (cr_flags[flag].form == CR_FORM_SWITCH)
            value = NULL;
        if (cr_edits_add(edits, flag, value, cr_flags[flag].name, err) < 0)
            return -1;
    }
    return 0;
}

static void check_names(const json_t *list, const char *key)
{
    json_t *item;
    size_t i, first;

    assert(!list || json_array_size(list));
    json_array_foreach((json_t *)list, i, item)
    {
        assert(cr_edit_find(list, key, cr_edit_text(item, key), &first) && first == i);
    }
}

static void check_service(const json_t *service)
{
    const json_t *template = json_object_get(service, "template"), *volumes = json_object_get(template, "volumes");
    const json_t *container = json_array_get(json_object_get(template, "containers"), 0);
    const json_t *mounts = json_object_get(container, "volumeMounts");
    char *text = json_dumps(service, 0);
    json_t *volume;
    size_t i;

    assert(text);
    free(text);
    check_names(json_object_get(container, "env"), "name");
    check_names(mounts, "mountPath");
    check_names(volumes, "name");
    json_array_foreach((json_t *)volumes, i, volume)
    {
        check_names(json_object_get(json_object_get(volume, "secret"), "items"), "path");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cr_edit_where where = {.project = "p", .region = "r"};
    static struct cr_edits edits;
    json_auto_t *service = json_loads(live, 0, NULL);
    struct cr_error err = {0};
    char text[1024];

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    edits.len = 0;
    if (read_lines(text, &edits, &err) < 0 || cr_edits_apply(&edits, &where, service, &err) < 0) {
        assert(err.code == CR_E_USAGE && *err.msg);
        return 0;
    }
    check_service(service);
    return 0;
}
