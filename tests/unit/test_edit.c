/* Flags of the revision and of the service: before, flags, after. Containers' own are in test_edit_container.c. */
#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "lib/edit_rows.h"

/* As a line of edit_rows.h, but for whole services. */
static void check(const struct edit_row *row, size_t i)
{
    json_auto_t *got = row->before ? edit_rows_json(row->before) : json_object();
    json_auto_t *want = *row->after == '!' ? NULL : edit_rows_json(row->after);
    const struct cr_edit_where where = {"p", "r", !row->before};
    CR_AUTO_FREE char *keep = NULL, *said = NULL, *text = NULL;
    static struct cr_edits edits;
    struct cr_error err = {0};
    int rc;

    edit_rows_flags(row->flags, &edits, &keep);
    rc = cr_edits_check(&edits, &err) < 0 ? -1 : cr_edits_apply(&edits, &where, got, &err);
    text = json_dumps(got, JSON_COMPACT);
    said = cr_format("%s | %s", err.msg, err.hint);
    if (want && (rc < 0 || !json_equal(got, want)))
        fail_msg("row %zu, %s: %s %s", i, row->flags, text, said);
    if (!want && (rc == 0 || !strstr(said, row->after + 1)))
        fail_msg("row %zu, %s: %s", i, row->flags, rc ? said : text);
    assert_true(want || (err.code == CR_E_USAGE && *err.hint));
}

static void check_rows(const struct edit_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&rows[i], i);
}

#define CHECK_ROWS(rows) check_rows(rows, CR_LEN(rows))
#define EMPTY "{'template':{}}"
#define TEMPLATE(fields) "{'template':{" fields "}}"
#define SERVICE(fields) "{'template':{}," fields "}"

TEST(numbers_and_times_of_the_revision)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--concurrency=4", TEMPLATE("'maxInstanceRequestConcurrency':4")},
        {TEMPLATE("'maxInstanceRequestConcurrency':4"), "--concurrency=default", EMPTY},
        {EMPTY, "--concurrency=1001", TEMPLATE("'maxInstanceRequestConcurrency':1001")},
        {EMPTY, "--timeout=300", TEMPLATE("'timeout':'300s'")},
        {EMPTY, "--timeout=5m", TEMPLATE("'timeout':'300s'")},
        {EMPTY, "--timeout=30m1.5h", TEMPLATE("'timeout':'7200s'")},
        {EMPTY, "--timeout=PT1H", TEMPLATE("'timeout':'3600s'")},
        {EMPTY, "--timeout=P1D", TEMPLATE("'timeout':'86400s'")},
        {EMPTY, "--timeout=2000ms", TEMPLATE("'timeout':'2s'")},
        {EMPTY, "--timeout=.5m", TEMPLATE("'timeout':'30s'")},
        {EMPTY, "--min-instances=2 --max-instances=9",
         TEMPLATE("'scaling':{'minInstanceCount':2,'maxInstanceCount':9}")},
        {TEMPLATE("'scaling':{'minInstanceCount':2,'maxInstanceCount':9}"), "--min-instances=0 --max-instances=default",
         EMPTY},
        {EMPTY, "--min=2 --max=9", SERVICE("'scaling':{'minInstanceCount':2,'maxInstanceCount':9}")},
        {SERVICE("'scaling':{'minInstanceCount':2}"), "--min=default", EMPTY},
        {SERVICE("'scaling':{'minInstanceCount':2,'maxInstanceCount':9}"), "--scaling=3",
         SERVICE("'scaling':{'scalingMode':'MANUAL','manualInstanceCount':3}")},
        {SERVICE("'scaling':{'scalingMode':'MANUAL','manualInstanceCount':3}"), "--scaling=auto",
         SERVICE("'scaling':{'scalingMode':'AUTOMATIC'}")},
        {EMPTY, "--encryption-key-shutdown-hours=2", TEMPLATE("'encryptionKeyShutdownDuration':'7200s'")},
        {EMPTY, "--encryption-key-shutdown-hours=90m", TEMPLATE("'encryptionKeyShutdownDuration':'5400s'")},
    };

    CHECK_ROWS(rows);
}

TEST(numbers_and_times_that_are_none_are_refused)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--concurrency=0", "!too small | give a whole number from 1 up, or 'default'"},
        {EMPTY, "--concurrency=many", "!'many' is no whole number"},
        {EMPTY, "--concurrency=", "!'' is no whole number"},
        {EMPTY, "--timeout=1.5", "!'1.5' is no time"},
        {EMPTY, "--timeout=soon", "!'soon' is no time"},
        {EMPTY, "--timeout=", "!'' is no time"},
        {EMPTY, "--timeout=5 m", "!is no time"},
        {EMPTY, "--timeout=1h30", "!is no time"},
        {EMPTY, "--timeout=5ms1s", "!is no time"},
        {EMPTY, "--timeout=P1M", "!is no time"},
        {EMPTY, "--timeout=9999999999999s", "!is no time"},
        {EMPTY, "--timeout=-5", "!less than a second"},
        {EMPTY, "--timeout=0", "!less than a second"},
        {EMPTY, "--timeout=500ms", "!less than a second"},
        {EMPTY, "--timeout=1.5s", "!no whole number of seconds | write 1s"},
        {EMPTY, "--min-instances=few", "!give a whole number from 0 up, or 'default'"},
        {TEMPLATE("'scaling':{'maxInstanceCount':9}"), "--max-instances=0",
         "!--max-instances: 0 cannot be the maximum: Cloud Run's API reads it as no maximum at all | 1 is the "
         "smallest"},
        {SERVICE("'scaling':{'maxInstanceCount':9}"), "--max=0",
         "!at all | 1 is the smallest, 'default' removes the maximum"},
        {EMPTY, "--max-instances=-2", "!'-2' is too small"},
        {EMPTY, "--min=-1", "!'-1' is too small"},
        {EMPTY, "--scaling=x", "!or 'auto'"},
        {EMPTY, "--encryption-key-shutdown-hours=soon", "!'soon' is no time | write hours, such as 24"},
        {EMPTY, "--scaling=3 --max=5", "!there is no maximum"},
        {EMPTY, "--ingress=public", "!does not take 'public'"},
        {EMPTY, "--set-cloudsql-instances=us-east1:db", "!no Cloud SQL instance"},
    };

    CHECK_ROWS(rows);
}

TEST(what_is_one_field)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--execution-environment=gen2", TEMPLATE("'executionEnvironment':'EXECUTION_ENVIRONMENT_GEN2'")},
        {EMPTY, "--no-gpu-zonal-redundancy", TEMPLATE("'gpuZonalRedundancyDisabled':true")},
        {TEMPLATE("'gpuZonalRedundancyDisabled':true"), "--gpu-zonal-redundancy", EMPTY},
        {EMPTY, "--service-account=a@b", TEMPLATE("'serviceAccount':'a@b'")},
        {TEMPLATE("'serviceAccount':'a@b'"), "--service-account=", TEMPLATE("'serviceAccount':'a@b'")},
        {EMPTY, "--session-affinity", TEMPLATE("'sessionAffinity':true")},
        {TEMPLATE("'sessionAffinity':true"), "--no-session-affinity", EMPTY},
        {EMPTY, "--no-deploy-health-check", TEMPLATE("'healthCheckDisabled':true")},
        {EMPTY, "--gpu-type=nvidia-l4", TEMPLATE("'nodeSelector':{'accelerator':'nvidia-l4'}")},
        {EMPTY, "--mesh=m", TEMPLATE("'serviceMesh':{'mesh':'projects/p/locations/global/meshes/m'}")},
        {TEMPLATE("'serviceMesh':{'mesh':'m'}"), "--mesh=", EMPTY},
        {EMPTY, "--description=model scorer", SERVICE("'description':'model scorer'")},
        {SERVICE("'description':'x'"), "--description=", EMPTY},
        {EMPTY, "--ingress=internal-and-cloud-load-balancing",
         SERVICE("'ingress':'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER'")},
        {EMPTY, "--no-default-url", SERVICE("'defaultUriDisabled':true")},
        {EMPTY, "--no-invoker-iam-check", SERVICE("'invokerIamDisabled':true")},
        {SERVICE("'invokerIamDisabled':true"), "--invoker-iam-check", EMPTY},
        {EMPTY, "--iap", SERVICE("'iapEnabled':true")},
        {EMPTY, "--key=k --post-key-revocation-action-type=shut-down",
         TEMPLATE("'encryptionKey':'k','encryptionKeyRevocationAction':'SHUTDOWN'")},
        {TEMPLATE("'encryptionKey':'k','encryptionKeyRevocationAction':'SHUTDOWN'"), "--clear-key", EMPTY},
        {TEMPLATE("'encryptionKey':'k','encryptionKeyShutdownDuration':'1s'"), "--clear-encryption-key-shutdown-hours",
         TEMPLATE("'encryptionKey':'k'")},
    };

    CHECK_ROWS(rows);
}

#define ONE(fields) "{'template':{'containers':[{" fields "}]}}"
#define TWO(a, b) "{'template':{'containers':[{'name':'a','ports':[{'containerPort':1}]" a "},{'name':'b'" b "}]}}"

TEST(cpu_throttling_and_boost_are_each_containers)
{
    static const struct edit_row rows[] = {
        {NULL, "--image=i", ONE("'image':'i','resources':{'cpuIdle':true,'startupCpuBoost':true}")},
        {NULL, "--image=i --no-cpu-boost", ONE("'image':'i','resources':{'cpuIdle':true}")},
        {NULL, "--image=i --no-cpu-throttling --no-cpu-boost", ONE("'image':'i','resources':{}")},
        {ONE("'image':'i'"), "--image=j", ONE("'image':'j'")},
        {ONE("'resources':{'cpuIdle':true}"), "--no-cpu-throttling", ONE("'resources':{}")},
        {ONE("'image':'i'"), "--cpu-boost", ONE("'image':'i','resources':{'cpuIdle':true,'startupCpuBoost':true}")},
        {ONE("'resources':{'startupCpuBoost':true}"), "--no-cpu-boost", ONE("'resources':{}")},
        {TWO(",'resources':{}", ",'resources':{}"), "--cpu-throttling",
         TWO(",'resources':{'cpuIdle':true}", ",'resources':{'cpuIdle':true}")},
        {ONE("'name':'a','ports':[{'containerPort':1}],'resources':{'cpuIdle':true,'startupCpuBoost':true}"),
         "--container=b --image=i",
         TWO(",'resources':{'cpuIdle':true,'startupCpuBoost':true}",
             ",'image':'i','resources':{'cpuIdle':true,'startupCpuBoost':true}")},
    };

    CHECK_ROWS(rows);
}

TEST(flags_go_to_the_container_they_stand_behind)
{
    static const struct edit_row rows[] = {
        {TWO("", ""), "--image=i", TWO(",'image':'i'", "")},
        {TWO("", ""), "--container=b --image=i", TWO("", ",'image':'i'")},
        {TWO("", ""), "--container=b --image=i --container=a --image=j --container=b --cpu=1",
         TWO(",'image':'j'", ",'image':'i','resources':{'cpuIdle':true,'limits':{'cpu':'1'}}")},
        {TWO(",'dependsOn':['b']", ""), "--remove-containers=b,c", ONE("'name':'a','ports':[{'containerPort':1}]")},
        {TWO("", ""), "--remove-containers=b --container=b --image=n", TWO("", ",'image':'n'")},
        {"{'template':{'containers':[{'name':'a'},{'name':'b'}]}}", "--image=i",
         "!none of the 2 containers has a port"},
        {EMPTY, "--image=i --container=b --cpu=1", "!--image: it is not said of which container"},
        {EMPTY, "--container=b --cpu=1 --concurrency=3", "!--concurrency: this is said of the service"},
        {EMPTY, "--container= --cpu=1", "!'' is no name of a container"},
        {EMPTY, "--remove-containers=A", "!'A' is no name of a container"},
    };

    CHECK_ROWS(rows);
}

TEST(flags_that_exclude_each_other_are_refused)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--set-env-vars=A=1 --update-env-vars=B=2", "!--update-env-vars: it does not go with --set-env-vars"},
        {EMPTY, "--labels=a=b --update-labels=c=d", "!--update-labels: it does not go with --labels"},
        {EMPTY, "--clear-network --network-tags=a", "!does not go with --clear-network"},
        {EMPTY, "--network-tags=a --clear-network-tags", "!does not go with --network-tags"},
        {EMPTY, "--add-custom-audiences=a --remove-custom-audiences=b", "!does not go with"},
        {EMPTY, "--set-env-vars=A=1 --set-env-vars=A=2", "!'A' is given twice"},
        {EMPTY, "--labels=a=b --labels=a=b", "!'a' is given twice"},
        {SERVICE("'labels':{'a':'x','b':'y'}"), "--update-labels=c=z --remove-labels=a,c",
         "{'labels':{'b':'y'},'template':{'labels':{'b':'y'}}}"},
        {TWO("", ""), "--container=a --clear-env-vars --container=b --update-env-vars=A=1",
         TWO("", ",'env':[{'name':'A','value':'1'}]")},
    };

    CHECK_ROWS(rows);
}

#define LABELS(service, template) "{'labels':{" service "},'template':{'labels':{" template "}}}"
#define NONCE "'client.knative.dev/nonce':'abc'"

TEST(labels_are_of_service_and_template_and_the_nonce_stays)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--labels=app=scorer", LABELS("'app':'scorer'", "'app':'scorer'")},
        {LABELS("'a':'x'", NONCE), "--update-labels=b=y", LABELS("'a':'x','b':'y'", "'a':'x','b':'y'," NONCE)},
        {LABELS("'a':'x'", "'own':'1'," NONCE), "--update-labels=a=x", LABELS("'a':'x'", "'own':'1'," NONCE)},
        {LABELS("'a':'x'", "'a':'x'," NONCE), "--clear-labels", "{'template':{'labels':{" NONCE "}}}"},
        {LABELS("'a':'x'", "'a':'x'"), "--clear-labels --labels=b=y", LABELS("'b':'y'", "'b':'y'")},
        {LABELS("'a':'x'", "'a':'x'"), "--remove-labels=zzz", LABELS("'a':'x'", "'a':'x'")},
        {EMPTY, "--labels=app=", LABELS("'app':''", "'app':''")},
        {EMPTY, "--clear-labels", EMPTY},
    };

    CHECK_ROWS(rows);
}

#define VPC(fields) "{'template':{'vpcAccess':{" fields "}}}"
#define IN_NETWORK(fields) VPC("'networkInterfaces':[{" fields "}],'egress':'PRIVATE_RANGES_ONLY'")

TEST(networks_and_connectors)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--vpc-connector=c", VPC("'connector':'projects/p/locations/r/connectors/c'")},
        {EMPTY, "--vpc-connector=projects/h/locations/r/connectors/c --vpc-egress=all",
         VPC("'connector':'projects/h/locations/r/connectors/c','egress':'ALL_TRAFFIC'")},
        {EMPTY, "--vpc-egress=all-traffic", VPC("'egress':'ALL_TRAFFIC'")},
        {EMPTY, "--network=n", VPC("'networkInterfaces':[{'network':'n'}]")},
        {IN_NETWORK("'network':'n','subnetwork':'s','tags':['t']"), "--subnet=z",
         IN_NETWORK("'network':'n','subnetwork':'z','tags':['t']")},
        {IN_NETWORK("'network':'n','tags':['t']"), "--clear-network-tags --network=m", IN_NETWORK("'network':'m'")},
        {IN_NETWORK("'network':'n'"), "--network-tags=a,b --network-tags=c",
         IN_NETWORK("'network':'n','tags':['a','b','c']")},
        {IN_NETWORK("'network':'n'"), "--network=", EMPTY},
        {IN_NETWORK("'network':'n'"), "--network= --subnet=s", IN_NETWORK("'subnetwork':'s'")},
        {IN_NETWORK("'network':'n'"), "--clear-network", EMPTY},
        {VPC("'connector':'c','egress':'PRIVATE_RANGES_ONLY'"), "--clear-vpc-connector", EMPTY},
        {VPC("'connector':'c','egress':'ALL_TRAFFIC'"), "--clear-vpc-connector",
         "!add --vpc-egress private-ranges-only"},
        {VPC("'connector':'c','egress':'ALL_TRAFFIC'"),
         "--clear-vpc-connector --network=n --vpc-egress=private-ranges-only",
         VPC("'networkInterfaces':[{'network':'n'}]")},
        {NULL, "--clear-vpc-connector --vpc-egress=all-traffic", EMPTY},
        {NULL, "--clear-vpc-connector --vpc-connector=c", EMPTY},
    };

    CHECK_ROWS(rows);
}

#define SQL(list) "'volumes':[{'name':'cloudsql','cloudSqlInstance':{'instances':[" list "]}}]"
#define MOUNT "'volumeMounts':[{'name':'cloudsql','mountPath':'/cloudsql'}]"
#define WITH_SQL(list) "{'template':{'containers':[{'name':'a'," MOUNT "}]," SQL(list) "}}"

TEST(lists_of_the_service)
{
    static const struct edit_row rows[] = {
        {ONE("'name':'a'"), "--add-cloudsql-instances=db1,o:e:db2", WITH_SQL("'p:r:db1','o:e:db2'")},
        {WITH_SQL("'p:r:db1'"), "--add-cloudsql-instances=db1,db2", WITH_SQL("'p:r:db1','p:r:db2'")},
        {WITH_SQL("'p:r:db1'"), "--set-cloudsql-instances=db3", WITH_SQL("'p:r:db3'")},
        {WITH_SQL("'p:r:db1'"), "--remove-cloudsql-instances=db1", ONE("'name':'a'")},
        {WITH_SQL("'p:r:db1'"), "--clear-cloudsql-instances", ONE("'name':'a'")},
        {WITH_SQL("'p:r:x'"), "--add-cloudsql-instances=a --add-cloudsql-instances=b", WITH_SQL("'p:r:x','p:r:b'")},
        {EMPTY, "--add-custom-audiences=a,b", SERVICE("'customAudiences':['a','b']")},
        {SERVICE("'customAudiences':['a','b']"), "--remove-custom-audiences=a", SERVICE("'customAudiences':['b']")},
        {SERVICE("'customAudiences':['a']"), "--set-custom-audiences=c", SERVICE("'customAudiences':['c']")},
        {SERVICE("'customAudiences':['a']"), "--clear-custom-audiences", EMPTY},
    };

    CHECK_ROWS(rows);
}

TEST(an_exception_from_binary_authorization_is_for_one_deploy)
{
    static const struct edit_row rows[] = {
        {EMPTY, "--binary-authorization=default --breakglass=fire",
         SERVICE("'binaryAuthorization':{'useDefault':true,'breakglassJustification':'fire'}")},
        {SERVICE("'binaryAuthorization':{'useDefault':true,'breakglassJustification':'fire'}"), "--min=1",
         SERVICE("'binaryAuthorization':{'useDefault':true},'scaling':{'minInstanceCount':1}")},
        {SERVICE("'binaryAuthorization':{'useDefault':true}"), "--binary-authorization=projects/p/x",
         SERVICE("'binaryAuthorization':{'policy':'projects/p/x'}")},
        {SERVICE("'binaryAuthorization':{'policy':'x'}"), "--clear-binary-authorization", EMPTY},
    };

    CHECK_ROWS(rows);
}

TEST(a_revision_is_made_where_one_changes)
{
    static const struct {
        const char *flags;
        bool revision, empty;
    } rows[] = {
        {"--cpu=1", true, false},
        {"--cpu=", false, true},
        {"--min=1", false, false},
        {"--ingress=all", false, false},
        {"--labels=a=b", true, false},
        {"--labels=", false, true},
        {"--container=a", false, true},
        {"--container=a --args=", true, false},
        {"--no-traffic", false, false},
        {"--tag=x", false, false},
        {"--revision-suffix=x", true, false},
        {"--service-account=", false, true},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        static struct cr_edits edits;
        CR_AUTO_FREE char *keep = NULL;

        edit_rows_flags(rows[i].flags, &edits, &keep);
        if (cr_edits_revision(&edits) != rows[i].revision || cr_edits_empty(&edits) != rows[i].empty)
            fail_msg("%s", rows[i].flags);
    }
}

/* What the manifest says is the container's that takes requests, though its port is still to come. */
TEST(the_manifest_is_about_the_container_with_the_port)
{
    json_auto_t *got = json_object(), *want = NULL;
    const struct cr_edit_where where = {"p", "r", false};
    static struct cr_edits edits, typed;
    CR_AUTO_FREE char *keep = NULL, *text = NULL;
    struct cr_error err = {0};

    edits.len = 0;
    assert_ok(cr_edits_add(&edits, CR_FLAG_IMAGE, "own", "crdeploy.yaml:1:1", &err), &err);
    edit_rows_flags("--container=proxy --image=p --container=app --port=1", &typed, &keep);
    for (size_t k = 0; k < typed.len; k++)
        edits.row[edits.len++] = typed.row[k];
    assert_ok(cr_edits_apply(&edits, &where, got, &err), &err);
    want = edit_rows_json(TEMPLATE("'containers':[{'name':'proxy','image':'p'},"
                                   "{'name':'app','image':'own','ports':[{'containerPort':1}]}]"));
    text = json_dumps(got, JSON_COMPACT);
    if (!json_equal(got, want))
        fail_msg("%s", text);
}

/* The manifest has the variables B and C and one secret; flags are typed. */
TEST(the_command_line_wins_over_the_manifest)
{
#define ENV(rows) TEMPLATE("'containers':[{'env':[" rows "]}]")
#define VAR(name, value) "{'name':'" name "','value':'" value "'}"
#define TOKEN "{'name':'T','valueSource':{'secretKeyRef':{'secret':'tok','version':'1'}}}"
    static const struct {
        const char *flags, *after;
    } rows[] = {
        {"", ENV(VAR("A", "1") "," VAR("B", "m") "," VAR("C", "m") "," TOKEN)},
        {"--update-env-vars=B=2,D=2",
         ENV(VAR("A", "1") "," VAR("B", "2") "," VAR("C", "m") "," TOKEN "," VAR("D", "2"))},
        {"--remove-env-vars=B,A", ENV(VAR("C", "m") "," TOKEN)},
        {"--set-env-vars=D=2", ENV(TOKEN "," VAR("D", "2"))},
        {"--clear-env-vars --clear-secrets", TEMPLATE("'containers':[{}]")},
        {"--remove-secrets=T --clear-env-vars", TEMPLATE("'containers':[{}]")},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *got = edit_rows_json(ENV(VAR("A", "1"))), *want = edit_rows_json(rows[i].after);
        const struct cr_edit_where where = {"p", "r", false};
        static struct cr_edits edits, typed;
        CR_AUTO_FREE char *keep = NULL, *text = NULL;
        struct cr_error err = {0};

        edits.len = 0;
        assert_ok(cr_edits_add(&edits, CR_FLAG_UPDATE_ENV_VARS, "B=m,C=m", "crdeploy.yaml:1:1", &err), &err);
        assert_ok(cr_edits_add(&edits, CR_FLAG_UPDATE_SECRETS, "T=tok:1", "crdeploy.yaml:2:1", &err), &err);
        edit_rows_flags(rows[i].flags, &typed, &keep);
        for (size_t k = 0; k < typed.len; k++)
            edits.row[edits.len++] = typed.row[k];
        assert_ok(cr_edits_apply(&edits, &where, got, &err), &err);
        text = json_dumps(got, JSON_COMPACT);
        if (!json_equal(got, want))
            fail_msg("%s: %s", rows[i].flags, text);
    }
}

TEST(containers_on_the_command_line_are_whole)
{
    static const struct {
        const char *flags, *msg; /* NULL: fine */
    } rows[] = {
        {"--image=i", NULL},
        {"--container=a --image=i", NULL},
        {"--container=a --image=i --port=1 --container=b --image=j", NULL},
        {"--container=a --image=i --use-http2 --container=b --image=j --container=a --cpu=1", NULL},
        {"--container=a --image=i --container=b --image=j", "of 2 containers 0 have --port"},
        {"--container=a --image=i --port=1 --container=b --image=j --port=2", "of 2 containers 2 have --port"},
        {"--container=a --image=i --port=1 --container=b", "container 'b' has no image"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        static struct cr_edits edits;
        CR_AUTO_FREE char *keep = NULL;
        struct cr_error err = {0};
        int rc;

        edit_rows_flags(rows[i].flags, &edits, &keep);
        rc = cr_edits_check_containers(&edits, &err);
        if ((rc < 0) != (rows[i].msg != NULL) || (rc < 0 && !strstr(err.msg, rows[i].msg)))
            fail_msg("%s: %s", rows[i].flags, err.msg);
    }
}

TEST_MAIN(cmocka_unit_test(numbers_and_times_of_the_revision),
          cmocka_unit_test(numbers_and_times_that_are_none_are_refused), cmocka_unit_test(what_is_one_field),
          cmocka_unit_test(cpu_throttling_and_boost_are_each_containers),
          cmocka_unit_test(flags_go_to_the_container_they_stand_behind),
          cmocka_unit_test(flags_that_exclude_each_other_are_refused),
          cmocka_unit_test(labels_are_of_service_and_template_and_the_nonce_stays),
          cmocka_unit_test(networks_and_connectors), cmocka_unit_test(lists_of_the_service),
          cmocka_unit_test(an_exception_from_binary_authorization_is_for_one_deploy),
          cmocka_unit_test(the_manifest_is_about_the_container_with_the_port),
          cmocka_unit_test(the_command_line_wins_over_the_manifest),
          cmocka_unit_test(a_revision_is_made_where_one_changes),
          cmocka_unit_test(containers_on_the_command_line_are_whole))
