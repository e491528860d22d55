# gcp: one file per Google API, through one door (http). Takes ids and JSON bodies, never a manifest or a plan.
noinst_LIBRARIES += libgcp.a
libgcp_a_SOURCES = \
    src/gcp/api_error.c src/gcp/api_error.h \
    src/gcp/auth.c src/gcp/auth_metadata.c src/gcp/auth.h \
    src/gcp/build.c src/gcp/build.h \
    src/gcp/build_log.c src/gcp/build_log.h \
    src/gcp/call.c src/gcp/call.h \
    src/gcp/endpoints.c src/gcp/endpoints.h \
    src/gcp/fetch.c src/gcp/fetch.h \
    src/gcp/gcp.c src/gcp/gcp.h \
    src/gcp/http.c src/gcp/http.h \
    src/gcp/http_curl.c src/gcp/http_curl.h \
    src/gcp/logging.c src/gcp/logging.h \
    src/gcp/operation.c src/gcp/operation.h \
    src/gcp/registry.c src/gcp/registry.h \
    src/gcp/run.c src/gcp/run_policy.c src/gcp/run.h \
    src/gcp/storage.c src/gcp/storage.h \
    src/gcp/upload.c src/gcp/upload.h

FAKE_HTTP = tests/lib/test.h tests/lib/fake_http.c tests/lib/fake_http.h
LINK_GCP = $(GCP) $(CMOCKA_LIBS)

UNIT += tests/unit/test_gcp_http
tests_unit_test_gcp_http_SOURCES = tests/unit/test_gcp_http.c $(FAKE_HTTP)
tests_unit_test_gcp_http_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_auth
tests_unit_test_gcp_auth_SOURCES = tests/unit/test_gcp_auth.c $(FAKE_HTTP)
tests_unit_test_gcp_auth_LDADD = $(LINK_GCP)
UNIT += tests/unit/test_gcp_upload
tests_unit_test_gcp_upload_SOURCES = tests/unit/test_gcp_upload.c $(FAKE_HTTP)
tests_unit_test_gcp_upload_LDADD = $(LINK_GCP)
