/*
 * browser.h - shows an address to the person in front of this machine.
 *
 * $BROWSER, a program, is used where it is set; else xdg-open, where there is a display. No shell is involved.
 */
#ifndef CLI_BROWSER_H
#define CLI_BROWSER_H

#include <stdbool.h>

/* Whether the address is one to open: http:// or https://, a host, and printable ASCII that means nothing to a shell or
 * to xdg-open's own scripts. It is perhaps somebody else's text. */
bool cli_browser_takes(const char *url);

/* Starts it and does not wait. False: there is none, it did not start, or the address is not one to open. */
bool cli_browser_open(const char *url);

#endif
