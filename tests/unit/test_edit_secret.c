#include "lib/test.h"

#include "lib/edit_rows.h"

#define FROM(name, secret, version) \
    "{'name':'" name "','valueSource':{'secretKeyRef':{'secret':'" secret "','version':'" version "'}}}"
#define ENV(rows) "{'env':[" rows "]}"
#define LIVE ENV("{'name':'A','value':'1'}," FROM("T", "tok", "latest"))

TEST(secrets_are_variables)
{
    static const struct edit_row rows[] = {
        {NULL, "--set-secrets=T=tok:latest,U=tok:2", ENV(FROM("T", "tok", "latest") "," FROM("U", "tok", "2"))},
        {NULL, "--set-secrets=T=tok:1, U=u:2", ENV(FROM("T", "tok", "1") "," FROM("U", "u", "2"))},
        {NULL, "--set-secrets=T=projects/123/secrets/tok/versions/7", ENV(FROM("T", "projects/123/secrets/tok", "7"))},
        {NULL, "--set-secrets=T=projects/123/secrets/tok:7", ENV(FROM("T", "projects/123/secrets/tok", "7"))},
        {NULL, "--set-secrets=T=projects/123/secrets/tok", ENV(FROM("T", "projects/123/secrets/tok", "latest"))},
        {NULL, "--set-secrets=etc/x=tok:1", ENV(FROM("etc/x", "tok", "1"))}, /* no path, so a name */
        {NULL, "--set-secrets=T=tok:", ENV(FROM("T", "tok", ""))},
        {LIVE, "--update-secrets=T=new:1,U=u:1",
         ENV("{'name':'A','value':'1'}," FROM("T", "new", "1") "," FROM("U", "u", "1"))},
        {LIVE, "--update-secrets=U=u:1 --update-secrets=T=new:1",
         ENV("{'name':'A','value':'1'}," FROM("T", "new", "1") "," FROM("U", "u", "1"))},
        {LIVE, "--set-secrets=U=u:1", ENV("{'name':'A','value':'1'}," FROM("U", "u", "1"))},
        {LIVE, "--set-secrets=U=u:1 --set-secrets=V=v:1",
         ENV("{'name':'A','value':'1'}," FROM("U", "u", "1") "," FROM("V", "v", "1"))},
        {LIVE, "--set-secrets=", LIVE},
        {LIVE, "--remove-secrets=T,A,NOPE", ENV("{'name':'A','value':'1'}")},
        {LIVE, "--clear-secrets", ENV("{'name':'A','value':'1'}")},
        {LIVE, "--remove-env-vars=A --update-secrets=A=a:1", ENV(FROM("T", "tok", "latest") "," FROM("A", "a", "1"))},
        {NULL, "--set-secrets=T=tok:1 --set-env-vars=A=1", ENV("{'name':'A','value':'1'}," FROM("T", "tok", "1"))},
        {NULL, "--clear-secrets", "{}"},
    };

    EDIT_ROWS(rows);
}

#define FILES(path, version) "{'path':'" path "','version':'" version "'}"
#define VOLUME(name, secret, items) "{'name':'" name "','secret':{'secret':'" secret "','items':[" items "]}}"
#define MOUNT(name, path) "{'name':'" name "','mountPath':'" path "'}"
#define WITH(mounts, volumes) "{'containers':[{'name':'c','volumeMounts':[" mounts "]}],'volumes':[" volumes "]}"
#define NAMELESS(mounts, volumes) "{'containers':[{'volumeMounts':[" mounts "]}],'volumes':[" volumes "]}"

#define CERT VOLUME("cert-1", "cert", FILES("tls.pem", "3"))
#define MODELS "{'name':'m','gcs':{'bucket':'b'}}"
#define HAS WITH(MOUNT("m", "/m") "," MOUNT("cert-1", "/etc/cert"), MODELS "," CERT)

TEST(secrets_are_files_of_a_directory)
{
    static const struct edit_row rows[] = {
        {NULL, "--set-secrets=/etc/a/x=one:1,/etc/b/y=two:latest",
         NAMELESS(MOUNT("one-A", "/etc/a") "," MOUNT("two-A", "/etc/b"),
                  VOLUME("one-A", "one", FILES("x", "1")) "," VOLUME("two-A", "two", FILES("y", "latest")))},
        {NULL, "--set-secrets=/a/x=s:1,/a/y=s:2",
         NAMELESS(MOUNT("s-A", "/a"), VOLUME("s-A", "s", FILES("x", "1") "," FILES("y", "2")))},
        {NULL, "--update-secrets=/a/x=s:1 --update-secrets=/a/y=s:2",
         NAMELESS(MOUNT("s-A", "/a"), VOLUME("s-A", "s", FILES("x", "1") "," FILES("y", "2")))},
        {NULL, "--set-secrets=/a/x=projects/1/secrets/s:1",
         NAMELESS(MOUNT("s-A", "/a"), VOLUME("s-A", "projects/1/secrets/s", FILES("x", "1")))},
        {HAS, "--update-secrets=/etc/cert/key.pem=cert:4",
         WITH(MOUNT("m", "/m") "," MOUNT("cert-1", "/etc/cert"),
              MODELS "," VOLUME("cert-1", "cert", FILES("key.pem", "4") "," FILES("tls.pem", "3")))},
        {HAS, "--update-secrets=/etc/cert/tls.pem=other:4",
         WITH(MOUNT("m", "/m") "," MOUNT("cert-1", "/etc/cert"),
              MODELS "," VOLUME("cert-1", "other", FILES("tls.pem", "4")))},
        {HAS, "--remove-secrets=/etc/cert/tls.pem", WITH(MOUNT("m", "/m"), MODELS)},
        {HAS, "--remove-secrets=/etc/cert/nope,/nope/x", HAS},
        {HAS, "--clear-secrets", WITH(MOUNT("m", "/m"), MODELS)},
        {HAS, "--set-secrets=/etc/k/k=k:1",
         WITH(MOUNT("m", "/m") "," MOUNT("k-A", "/etc/k"), MODELS "," VOLUME("k-A", "k", FILES("k", "1")))},
        {HAS, "--clear-volumes --clear-volume-mounts --set-secrets=/etc/k/k=k:1",
         WITH(MOUNT("k-A", "/etc/k"), VOLUME("k-A", "k", FILES("k", "1")))},
        {HAS, "--update-secrets=/etc/cert/tls.pem=cert:4,T=t:1 --remove-secrets=/etc/cert/tls.pem",
         "{'containers':[{'name':'c','env':[" FROM("T", "t", "1") "],'volumeMounts':[" MOUNT("m", "/m") "," MOUNT(
             "cert-A", "/etc/cert") "]}],'volumes':[" MODELS "," VOLUME("cert-A", "cert", FILES("tls.pem", "4")) "]}"},
    };

    EDIT_ROWS(rows);
}

/* Another container, or another directory, mounts the same volume: it is copied before it changes. */
TEST(what_others_mount_stays_as_it_is)
{
#define TWO                                                                            \
    "{'containers':[{'name':'c','ports':[{'containerPort':1}],'volumeMounts':[" MOUNT( \
        "cert-1", "/a") "]},{'name':'d','volumeMounts':[" MOUNT("cert-1", "/b") "]}],'volumes':["
#define TWO_AFTER(mounts)                                             \
    "{'containers':[{'name':'c','ports':[{'containerPort':1}]" mounts \
    "},{'name':'d','volumeMounts':[" MOUNT("cert-1", "/b") "]}],'volumes':[" CERT
    static const struct edit_row rows[] = {
        {TWO CERT "]}", "--container=c --update-secrets=/a/k=cert:9",
         TWO_AFTER(",'volumeMounts':[" MOUNT("cert-A", "/a") "]") "," VOLUME(
             "cert-A", "cert", FILES("k", "9") "," FILES("tls.pem", "3")) "]}"},
        {TWO CERT "]}", "--container=c --clear-secrets", TWO_AFTER("") "]}"},
        {TWO CERT "]}", "--remove-secrets=/a/tls.pem", TWO_AFTER("") "]}"},
        {WITH(MOUNT("cert-1", "/a") "," MOUNT("cert-1", "/b"), CERT), "--update-secrets=/a/k=cert:9,/b/k=cert:8",
         WITH(MOUNT("cert-A", "/a") "," MOUNT("cert-1", "/b"),
              VOLUME("cert-1", "cert", FILES("k", "8") "," FILES("tls.pem", "3")) "," VOLUME(
                  "cert-A", "cert", FILES("k", "9") "," FILES("tls.pem", "3")))},
    };

    EDIT_ROWS(rows);
}

/* As gcloud has it: see edit_secret_files.c. */
TEST(a_live_container_without_a_name_keeps_its_volumes)
{
    static const struct edit_row rows[] = {
        {NAMELESS(MOUNT("cert-1", "/etc/cert"), CERT), "--set-secrets=K=k:1",
         "{'containers':[{'env':[" FROM("K", "k", "1") "]}],'volumes':[" CERT "]}"},
        {NAMELESS(MOUNT("cert-1", "/etc/cert"), CERT), "--update-secrets=K=k:1",
         "{'containers':[{'env':[" FROM("K", "k", "1") "],'volumeMounts':[" MOUNT(
             "cert-1", "/etc/cert") "]}],'volumes':[" CERT "]}"},
        {NAMELESS(MOUNT("cert-1", "/etc/cert"), CERT), "--update-secrets=/etc/cert/tls.pem=cert:4",
         NAMELESS(MOUNT("cert-A", "/etc/cert"), CERT "," VOLUME("cert-A", "cert", FILES("tls.pem", "4")))},
        {NAMELESS(MOUNT("cert-1", "/etc/cert"), CERT), "--remove-secrets=/etc/cert/tls.pem",
         "{'containers':[{}],'volumes':[" CERT "]}"},
    };

    EDIT_ROWS(rows);
}

TEST(secrets_that_cannot_be_are_refused)
{
    static const struct edit_row rows[] = {
        {NULL, "--set-secrets=T=tok", "!write T=tok:latest"},
        {NULL, "--set-secrets=T=to k:1", "!'to k' is no name of a secret"},
        {NULL, "--set-secrets=T=tok:1:2", "!more than a secret and a version"},
        {NULL, "--set-secrets=T=:1", "!'' is no name of a secret"},
        {NULL, "--set-secrets=T=projects/my-proj/secrets/tok:4", "!projects/NUMBER/secrets/NAME:VERSION"},
        {NULL, "--set-secrets=T=projects/1/secrets/tok/versions/", "!does not say which version"},
        {NULL, "--set-secrets=T=projects/1/secrets/:1", "!no name of a secret"},
        {NULL, "--set-secrets=/etc/x/=tok:1", "!'/etc/x/' is no path of a file"},
        {NULL, "--set-secrets=/x=tok:1", "!write /DIR/FILE"},
        {NULL, "--set-secrets=/a/../x=tok:1", "!no path of a file"},
        {NULL, "--set-secrets=//x=tok:1", "!no path of a file"},
        {NULL, "--set-secrets=/=tok:1", "!no path of a file"},
        {NULL, "--set-secrets=T", "!'T' has no '='"},
        {NULL, "--set-secrets=/a/x=s:1,/a/y=t:2", "!'/a/y' is of another secret"},
        {LIVE, "--update-secrets=A=a:1", "!--remove-env-vars A"},
        {LIVE, "--set-secrets=A=a:1", "!'A' is set to a text"},
        {HAS, "--update-secrets=/m/x=s:1", "!--remove-volume-mount /m"},
        {HAS, "--update-secrets=/etc/cert/key.pem=other:4", "!--remove-secrets /etc/cert/tls.pem"},
    };

    EDIT_ROWS(rows);
}

TEST_MAIN(cmocka_unit_test(secrets_are_variables), cmocka_unit_test(secrets_are_files_of_a_directory),
          cmocka_unit_test(what_others_mount_stays_as_it_is),
          cmocka_unit_test(a_live_container_without_a_name_keeps_its_volumes),
          cmocka_unit_test(secrets_that_cannot_be_are_refused))
