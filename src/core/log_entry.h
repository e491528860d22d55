/*
 * log_entry.h - an entry of Cloud Logging as text.
 *
 * Ownership: results are new. Pure. Errors: none; texts hold no control characters but tabs and newlines, whatever
 * the entry holds.
 * Source: Cloud Logging API v2, LogEntry; https://cloud.google.com/run/docs/logging (the names of its logs).
 */
#ifndef CR_LOG_ENTRY_H
#define CR_LOG_ENTRY_H

#include <jansson.h>
#include <stdbool.h>

/* "stdout", "stderr", "requests", "system" (varlog/system), or what the log's name ends with; borrowed by `entry`. */
const char *cr_log_entry_log(const json_t *entry);

/* What it says: the text, or of a payload its message and after it the other members as key=value ("listening
 * port=3000"); of a request "POST 200 12 ms /predict". "" for nothing. */
char *cr_log_entry_text(const json_t *entry);

/* "INFO", "ERROR" …; of one that has none "DEFAULT". Borrowed. */
const char *cr_log_entry_severity(const json_t *entry);

/* As people read it: "2026-01-02 03:04:05.678 ERROR    the text", with what follows a line's end set in below it.
 * The time is that of the entry, UTC. coloured: by escapes of a terminal. */
char *cr_log_entry_line(const json_t *entry, bool coloured);

#endif
