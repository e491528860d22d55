# Manual pages and completions: generated from the tables, committed, kept fresh by tests/lint/docs.sh.
dist_man_MANS += man/crdeploy.1 man/crdeploy.yaml.5 man/crdeploy-local.8 \
    man/crdeploy-auth-application-default.1 man/crdeploy-auth-list.1 man/crdeploy-auth-login.1 \
    man/crdeploy-auth-print-access-token.1 man/crdeploy-auth-print-identity-token.1 man/crdeploy-auth-revoke.1 \
    man/crdeploy-build.1 man/crdeploy-builds-submit.1 man/crdeploy-check.1 man/crdeploy-config-get.1 man/crdeploy-config-list.1 \
    man/crdeploy-config-set.1 man/crdeploy-config-unset.1 man/crdeploy-deploy.1 man/crdeploy-diff.1 man/crdeploy-destroy.1 man/crdeploy-doctor.1 man/crdeploy-generate.1 \
    man/crdeploy-help.1 man/crdeploy-image-inspect.1 man/crdeploy-init.1 man/crdeploy-limits.1 man/crdeploy-local-down.1 \
    man/crdeploy-lock.1 \
    man/crdeploy-local-load.1 man/crdeploy-local-logs.1 man/crdeploy-logs.1 man/crdeploy-open.1 man/crdeploy-local-status.1 man/crdeploy-local-up.1 man/crdeploy-predict.1 man/crdeploy-traffic.1 man/crdeploy-rollback.1 man/crdeploy-url.1 man/crdeploy-services-list.1 man/crdeploy-services-describe.1 \
    man/crdeploy-services-delete.1 man/crdeploy-services-update.1 man/crdeploy-revisions-list.1 man/crdeploy-revisions-describe.1 man/crdeploy-revisions-delete.1 \
    man/crdeploy-services-update-traffic.1 \
    man/crdeploy-version.1
bashcompdir = $(datadir)/bash-completion/completions
dist_bashcomp_DATA = completions/crdeploy.bash
zshcompdir = $(datadir)/zsh/site-functions
dist_zshcomp_DATA = completions/_crdeploy
fishcompdir = $(datadir)/fish/vendor_completions.d
dist_fishcomp_DATA = completions/crdeploy.fish

dist_pkgdata_DATA = docs/crdeploy.schema.json

docs: crdeploy
	@./crdeploy __doc list | while read -r name path; do \
	    ./crdeploy __doc "$$name" >$(srcdir)/"$$path" || exit 1; done
.PHONY: docs
