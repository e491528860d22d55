#include "lib/test.h"

#include "lib/edit_rows.h"

TEST(image_and_resources_are_taken_as_typed)
{
    static const struct edit_row rows[] = {
        {NULL, "--image=gcr.io/p/a:1", "{'image':'gcr.io/p/a:1'}"},
        {"{'image':'a','env':[{'name':'A','value':'1'}]}", "--image=b",
         "{'image':'b','env':[{'name':'A','value':'1'}]}"},
        {NULL, "--image=", "{'image':''}"},
        {NULL, "--cpu=2 --memory=3G", "{'resources':{'cpuIdle':true,'limits':{'cpu':'2','memory':'3G'}}}"},
        {NULL, "--memory=2 Gi", "{'resources':{'cpuIdle':true,'limits':{'memory':'2 Gi'}}}"},
        {"{'resources':{'limits':{'cpu':'1'}}}", "--cpu=0.08", "{'resources':{'limits':{'cpu':'0.08'}}}"},
        {NULL, "--cpu= --memory=", "{}"},
        {NULL, "--cpu=1 --cpu=4", "{'resources':{'cpuIdle':true,'limits':{'cpu':'4'}}}"},
    };

    EDIT_ROWS(rows);
}

/* In v2 resources without cpuIdle mean CPU all the time. */
TEST(a_new_container_has_its_cpu_as_the_others_have_it)
{
    static const struct edit_row rows[] = {
        {"{'containers':[{'name':'a','ports':[{'containerPort':1}],'resources':{'limits':{'cpu':'1'}}}]}",
         "--container=b --cpu=1",
         "{'containers':[{'name':'a','ports':[{'containerPort':1}],'resources':{'limits':{'cpu':'1'}}},"
         "{'name':'b','resources':{'limits':{'cpu':'1'}}}]}"},
        {"{'containers':[{'name':'a','resources':{'cpuIdle':true}}]}", "--container=b --memory=1Gi",
         "{'containers':[{'name':'a','resources':{'cpuIdle':true}},"
         "{'name':'b','resources':{'cpuIdle':true,'limits':{'memory':'1Gi'}}}]}"},
    };

    EDIT_ROWS(rows);
}

TEST(no_gpu_takes_its_kind_along)
{
    static const struct edit_row rows[] = {
        {NULL, "--gpu=1", "{'resources':{'cpuIdle':true,'limits':{'nvidia.com/gpu':'1'}}}"},
        {NULL, "--gpu=0", "{}"},
        {"{'containers':[{'resources':{'limits':{'cpu':'4','nvidia.com/gpu':'1'}}}],"
         "'nodeSelector':{'accelerator':'nvidia-l4'}}",
         "--gpu=0", "{'containers':[{'resources':{'limits':{'cpu':'4'}}}]}"},
        {"{'containers':[{'name':'a','resources':{'limits':{'nvidia.com/gpu':'1'}}}],"
         "'nodeSelector':{'accelerator':'nvidia-l4'}}",
         "--container=a --gpu=0",
         "{'containers':[{'name':'a','resources':{}}],'nodeSelector':{'accelerator':'nvidia-l4'}}"},
        {"{'resources':{'limits':{'nvidia.com/gpu':'1'}}}",
         "--gpu=", "{'resources':{'limits':{'nvidia.com/gpu':'1'}}}"},
    };

    EDIT_ROWS(rows);
}

#define AT(port) "{'ports':[{'name':'http1','containerPort':" port "}]}"
#define PROBED(port, probe)                           \
    "{'ports':[{'name':'http1','containerPort':" port \
    "}],'startupProbe':{'periodSeconds':240,'tcpSocket':{'port':" probe "}}}"

TEST(the_port_and_a_probe_of_it_move_together)
{
    static const struct edit_row rows[] = {
        {NULL, "--port=9090", "{'ports':[{'containerPort':9090}]}"},
        {NULL, "--port=default", "{}"},
        {AT("8080"), "--port=9090", AT("9090")},
        {AT("9090"), "--port=default", AT("8080")}, /* a name needs a number */
        {"{'ports':[{'containerPort':9090}]}", "--port=default", "{}"},
        {PROBED("8080", "8080"), "--port=9090", PROBED("9090", "9090")},
        {PROBED("8080", "9000"), "--port=9090", PROBED("9090", "9000")},
        {PROBED("8080", "8080"), "--port=9090 --startup-probe=tcpSocket.port=8080",
         "{'ports':[{'name':'http1','containerPort':9090}],'startupProbe':{'tcpSocket':{'port':9090}}}"},
        {"{'startupProbe':{'tcpSocket':{'port':8080}}}", "--port=1",
         "{'ports':[{'containerPort':1}],'startupProbe':{'tcpSocket':{'port':1}}}"},
        {"{'ports':[{'containerPort':1}],'startupProbe':{'tcpSocket':{'port':1}}}", "--port=default",
         "{'startupProbe':{'tcpSocket':{}}}"},
        {NULL, "--use-http2", "{'ports':[{'name':'h2c','containerPort':8080}]}"},
        {NULL, "--port=9090 --use-http2", "{'ports':[{'name':'h2c','containerPort':9090}]}"},
        {AT("8080"), "--no-use-http2", "{'ports':[{'containerPort':8080}]}"},
        {NULL, "--no-use-http2", "{}"},
        {NULL, "--port=0", "!from 1 to 65535"},
        {NULL, "--port=65536", "!'65536' is no port"},
        {NULL, "--port=http", "!'http' is no port"},
        {NULL, "--port=", "!is no port"},
    };

    EDIT_ROWS(rows);
}

TEST(commands_are_lists_and_nothing_clears_them)
{
    static const struct edit_row rows[] = {
        {NULL, "--command=/bin/sh,-c", "{'command':['/bin/sh','-c']}"},
        {NULL, "--args=--model=/m.bin,--threads=2", "{'args':['--model=/m.bin','--threads=2']}"},
        {NULL, "--args=^@^a,b@c", "{'args':['a,b','c']}"},
        {"{'command':['a'],'args':['b']}", "--command= --args=", "{}"},
        {"{'command':['a'],'args':['b']}", "--args=", "{'command':['a']}"},
    };

    EDIT_ROWS(rows);
}

TEST(what_is_waited_for_is_sorted_and_must_exist)
{
    static const struct edit_row rows[] = {
        {"{'containers':[{'name':'app'},{'name':'b'},{'name':'a'}]}", "--container=app --depends-on=b,a,b",
         "{'containers':[{'name':'app','dependsOn':['a','b']},{'name':'b'},{'name':'a'}]}"},
        {"{'containers':[{'name':'app','dependsOn':['a']},{'name':'a'}]}",
         "--container=app --depends-on=", "{'containers':[{'name':'app'},{'name':'a'}]}"},
        {"{'containers':[{'name':'app'}]}", "--container=app --depends-on=new --container=new --image=i",
         "{'containers':[{'name':'app','dependsOn':['new']},{'name':'new','image':'i'}]}"},
        {"{'containers':[{'name':'app'}]}", "--container=app --depends-on=nope", "!no container 'nope'"},
    };

    EDIT_ROWS(rows);
}

#define PROBE(text) "{'startupProbe':" text "}"

TEST(a_probe_replaces_the_old_one)
{
    static const struct edit_row rows[] = {
        {NULL, "--startup-probe=httpGet.path=/ready,httpGet.port=8080,periodSeconds=10,failureThreshold=24",
         PROBE("{'httpGet':{'path':'/ready','port':8080},'periodSeconds':10,'failureThreshold':24}")},
        {PROBE("{'httpGet':{'path':'/a'},'periodSeconds':1}"), "--startup-probe=tcpSocket.port=1",
         PROBE("{'tcpSocket':{'port':1}}")},
        {PROBE("{'httpGet':{'path':'/a'}}"), "--startup-probe=", "{}"},
        {NULL, "--startup-probe=timeoutSeconds=10,initialDelaySeconds=2",
         PROBE("{'timeoutSeconds':10,'initialDelaySeconds':2}")},
        {NULL, "--startup-probe=grpc.service=x", PROBE("{'grpc':{'service':'x'}}")},
        {NULL, "--startup-probe=httpGet.path=/a,httpGet.port=", PROBE("{'httpGet':{'path':'/a'}}")},
        {NULL, "--startup-probe=httpGet.path=/a,tcpSocket.port=1",
         PROBE("{'httpGet':{'path':'/a'},'tcpSocket':{'port':1}}")}, /* for the limits to refuse */
        {NULL, "--startup-probe=httpGet.path=/a=b", PROBE("{'httpGet':{'path':'/a=b'}}")},
        {NULL, "--liveness-probe=grpc.port=8080,initialDelaySeconds=5",
         "{'livenessProbe':{'grpc':{'port':8080},'initialDelaySeconds':5}}"},
        {NULL, "--readiness-probe=httpGet.path=/r,successThreshold=2",
         "{'readinessProbe':{'httpGet':{'path':'/r'},'successThreshold':2}}"},
    };

    EDIT_ROWS(rows);
}

TEST(what_a_probe_cannot_have_is_refused)
{
    static const struct edit_row rows[] = {
        {NULL, "--startup-probe=httpget.path=/a", "!did you mean 'httpGet.path'?"},
        {NULL, "--startup-probe=path=/a", "!no 'path'"},
        {NULL, "--startup-probe=httpGet=/a", "!no 'httpGet'"},
        {NULL, "--startup-probe=httpGet.path", "!'httpGet.path' has no '='"},
        {NULL, "--startup-probe=periodSeconds=soon", "!periodSeconds=soon is not a whole number"},
        {NULL, "--startup-probe=successThreshold=1", "!no 'successThreshold'"},
        {NULL, "--liveness-probe=tcpSocket.port=1", "!only --startup-probe has it"},
        {NULL, "--readiness-probe=initialDelaySeconds=1", "!no 'initialDelaySeconds'"},
    };

    EDIT_ROWS(rows);
}

TEST_MAIN(cmocka_unit_test(image_and_resources_are_taken_as_typed),
          cmocka_unit_test(a_new_container_has_its_cpu_as_the_others_have_it),
          cmocka_unit_test(no_gpu_takes_its_kind_along), cmocka_unit_test(the_port_and_a_probe_of_it_move_together),
          cmocka_unit_test(commands_are_lists_and_nothing_clears_them),
          cmocka_unit_test(what_is_waited_for_is_sorted_and_must_exist), cmocka_unit_test(a_probe_replaces_the_old_one),
          cmocka_unit_test(what_a_probe_cannot_have_is_refused))
