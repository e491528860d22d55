/*
 * verdict_settings.h - those settings of a revision that say what it should have done. For verdict.c.
 *
 * Ownership: texts are borrowed from the revision; `command` is in the struct. Units: seconds.
 */
#ifndef CR_VERDICT_SETTINGS_H
#define CR_VERDICT_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct cr_verdict_settings {
    int port; /* the container's; 8080 where nothing says another */
    const char *image, *memory, *cpu, *account;
    char command[160]; /* what --command and --args set; "" when the image's own runs */
    bool gen1;
    bool probe_given, probe_http;
    const char *probe_path;
    int probe_port;
    int64_t probe_s; /* how long a start may take by it */
};

/* `container` is the one that failed ("" or NULL: the one with a port). message: "… PORT=N …" tells the port where
 * there is no revision. */
void cr_verdict_settings_read(const json_t *revision, const char *container, const char *message,
                              struct cr_verdict_settings *s);

#endif
