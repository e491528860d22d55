# cli: option tables, the list of verbs, a file for each verb. The only room that sees core, gcp and ui.
noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = \
    src/cli/account_file.c src/cli/account_file.h \
    src/cli/accounts.c src/cli/accounts.h \
    src/cli/ask.c src/cli/ask.h src/cli/ask_many.c src/cli/ask_many.h src/cli/ask_stats.c src/cli/ask_stats.h \
    src/cli/build_follow.c src/cli/build_follow.h src/cli/build_input.c src/cli/build_input.h \
    src/cli/build_show.c src/cli/build_show.h \
    src/cli/browser.c src/cli/browser.h \
    src/cli/cmd.c src/cli/cmd.h \
    src/cli/cmd_auth_list.c src/cli/sources.c src/cli/sources.h \
    src/cli/cmd_auth_login.c \
    src/cli/cmd_auth_revoke.c \
    src/cli/cmd_auth_token.c \
    src/cli/cmd_build.c \
    src/cli/cmd_check.c \
    src/cli/cmd_config.c \
    src/cli/cmd_deploy.c src/cli/cmd_diff.c src/cli/cmd_services_update.c \
    src/cli/deploy.c src/cli/deploy.h src/cli/deploy_edit.c src/cli/deploy_send.c \
    src/cli/deploy_access.c src/cli/deploy_access.h src/cli/deploy_input.c src/cli/deploy_input.h \
    src/cli/deploy_show.c src/cli/deploy_show.h \
    src/cli/cmd_doctor.c src/cli/doctor.c src/cli/doctor.h src/cli/doctor_access.c src/cli/doctor_place.c \
    src/cli/doctor_project.c \
    src/cli/cmd_generate.c \
    src/cli/cmd_help.c \
    src/cli/cmd_image.c src/cli/cmd_init.c src/cli/copy.c src/cli/copy.h \
    src/cli/cmd_limits.c src/cli/cmd_lock.c src/cli/lock_file.c src/cli/lock_file.h \
    src/cli/cmd_logs.c src/cli/log_tail.c src/cli/log_tail.h src/cli/cmd_open.c \
    src/cli/cmd_local.c src/cli/cmd_local_load.c src/cli/daemon.c src/cli/daemon.h \
    src/cli/predict_input.c src/cli/predict_input.h src/cli/predict_many.c src/cli/predict_many.h \
    src/cli/predict_show.c src/cli/predict_show.h \
    src/cli/cmd_predict.c src/cli/cmd_traffic.c src/cli/cmd_services.c src/cli/cmd_revisions.c src/cli/cmd_rollback.c \
    src/cli/gradual.c src/cli/gradual.h src/cli/gradual_args.c src/cli/gradual_ask.c src/cli/gradual_load.c \
    src/cli/gradual_parts.h src/cli/gradual_traffic.c src/cli/gradual_watch.c \
    src/cli/service.c src/cli/service.h src/cli/verdict_show.c src/cli/verdict_show.h \
    src/cli/cmd_version.c \
    src/cli/doc.c src/cli/doc.h src/cli/doc_man.c src/cli/doc_shell.c \
    src/cli/credential.c src/cli/credential.h src/cli/credential_find.c src/cli/credential_find.h \
    src/cli/image.c src/cli/image.h src/cli/image_given.c src/cli/image_given.h \
    src/cli/login_listen.c src/cli/login_listen.h \
    src/cli/limits_opts.c src/cli/limits_opts.h src/cli/opt.c src/cli/opt.h \
    src/cli/platform.c src/cli/platform.h \
    src/cli/record.c src/cli/record.h src/cli/record_file.c src/cli/record_file.h \
    src/cli/record_served.c src/cli/record_served.h src/cli/record_service.c src/cli/record_service.h \
    src/cli/config.c \
    src/cli/data.c src/cli/data.h \
    src/cli/gcloud.c src/cli/gcloud.h \
    src/cli/edit_opts.h src/cli/plan_opts.h \
    src/cli/settings.c src/cli/settings.h \
    src/cli/requests.c src/cli/requests.h \
    src/cli/stage.c src/cli/stage.h src/cli/staging.c src/cli/staging.h \
    src/cli/destroy.c src/cli/destroy.h src/cli/cmd_destroy.c \
    src/cli/verbs.c

UNIT += tests/unit/test_daemon tests/unit/test_opt tests/unit/test_settings
UNIT += tests/unit/test_accounts tests/unit/test_login_listen
tests_unit_test_accounts_SOURCES = tests/unit/test_accounts.c tests/lib/test.h
tests_unit_test_login_listen_SOURCES = tests/unit/test_login_listen.c tests/lib/test.h
tests_unit_test_daemon_SOURCES = tests/unit/test_daemon.c tests/lib/test.h
tests_unit_test_opt_SOURCES = tests/unit/test_opt.c tests/lib/test.h
tests_unit_test_settings_SOURCES = tests/unit/test_settings.c tests/lib/test.h
UNIT += tests/unit/test_credential
tests_unit_test_credential_SOURCES = tests/unit/test_credential.c $(FAKE_HTTP)
UNIT += tests/unit/test_deploy
tests_unit_test_deploy_SOURCES = tests/unit/test_deploy.c $(FAKE_HTTP)
UNIT += tests/unit/test_ask_stats
tests_unit_test_ask_stats_SOURCES = tests/unit/test_ask_stats.c tests/lib/test.h

REPLAY += tests/fuzz/replay_batch_lines
tests_fuzz_replay_batch_lines_SOURCES = tests/fuzz/fuzz_batch_lines.c tests/fuzz/replay.c
tests_fuzz_replay_batch_lines_LDADD = $(CLI)
EXTRA_DIST += tests/fuzz/corpus/batch_lines/blanks tests/fuzz/corpus/batch_lines/broken \
    tests/fuzz/corpus/batch_lines/empty tests/fuzz/corpus/batch_lines/long tests/fuzz/corpus/batch_lines/newline \
    tests/fuzz/corpus/batch_lines/nul tests/fuzz/corpus/batch_lines/two tests/fuzz/corpus/batch_lines/unended
