/*
 * predict_show.h - answers as predict prints them: as they came, as lines, as JSON.
 *
 * Ownership: what is returned is new.
 */
#ifndef CLI_PREDICT_SHOW_H
#define CLI_PREDICT_SHOW_H

#include "cli/ask_many.h"
#include "cli/cmd.h"

/* {"status", "url", "ms", "tries", "cold", "server_ms", "response"}, and with `timing` "timing": {"dns_ms",
 * "connect_ms", "tls_ms", "first_byte_ms", "total_ms", "kept"}, each from the start. null: not said, or not done. */
json_t *predict_answer_json(const struct cli_answer *a, bool timing);
/* The same for one of many: with "line" in front, and "error" where it failed. */
json_t *predict_item_json(const struct cli_item *item, bool timing);
/* An answer of many as one line of JSON: the body, or {"error": {"code", "message"}}. */
char *predict_item_line(const struct cli_item *item);
/* "DNS 0.1 ms, connected 0.4 ms, TLS -, first byte 9.1 ms, all 9.3 ms; cold, 8 ms in the server". */
char *predict_timing_text(const struct cli_answer *a);
/* The body as it came, on a terminal cleaned, with a newline at its end. False: it could not be written. */
bool predict_body_show(struct cmd *c, const struct cli_answer *a);

#endif
