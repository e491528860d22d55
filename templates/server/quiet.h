/*
 * quiet.h - stderr is thrown away between quiet_begin and quiet_end.
 *
 * Debian's ONNX Runtime shares libonnx, which has registered every operator before ONNX Runtime registers them
 * again: each is reported on stderr when the first session is made, a thousand harmless lines at every start. What
 * matters comes back as a status. Only where no other thread writes to stderr.
 */
#ifndef SERVER_QUIET_H
#define SERVER_QUIET_H

int quiet_begin(void); /* what quiet_end wants; -1 when stderr could not be turned away, which is no error */
void quiet_end(int token);

#endif
