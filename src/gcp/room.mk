# gcp: one file per Google API, through one door (http). Takes ids and JSON bodies, never a manifest or a plan.
noinst_LIBRARIES += libgcp.a
libgcp_a_SOURCES = src/gcp/http.c src/gcp/http.h src/gcp/http_curl.c src/gcp/http_curl.h
