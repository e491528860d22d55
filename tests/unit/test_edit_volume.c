#include "lib/test.h"

#include "lib/edit_rows.h"

#define ONE \
    "{'containers':[{'volumeMounts':[{'name':'m','mountPath':'/m'}]}],'volumes':[{'name':'m','gcs':{'bucket':'b'}}]}"

TEST(volumes_are_added_and_replaced)
{
    static const struct edit_row rows[] = {
        {NULL, "--add-volume=name=m,type=cloud-storage,bucket=b --add-volume-mount=volume=m,mount-path=/m", ONE},
        {NULL, "--add-volume=name=m,type=cloud-storage,bucket=b,readonly=True",
         "{'containers':[{}],'volumes':[{'name':'m','gcs':{'bucket':'b','readOnly':true}}]}"},
        {NULL, "--add-volume=name=m,type=cloud-storage,bucket=b,readonly=no",
         "{'containers':[{}],'volumes':[{'name':'m','gcs':{'bucket':'b'}}]}"},
        {NULL, "--add-volume=type=in-memory,name=s",
         "{'containers':[{}],'volumes':[{'name':'s','emptyDir':{'medium':'MEMORY'}}]}"},
        {NULL, "--add-volume=name=s,type=in-memory,size-limit=256Mi",
         "{'containers':[{}],'volumes':[{'name':'s','emptyDir':{'medium':'MEMORY','sizeLimit':'256Mi'}}]}"},
        {NULL, "--add-volume=name=d,type=nfs,location=10.0.0.2:/export/a:/b,readonly=true",
         "{'containers':[{}],"
         "'volumes':[{'name':'d','nfs':{'server':'10.0.0.2','path':'/export/a:/b','readOnly':true}}]}"},
        {NULL, "--add-volume=name=c,type=secret,secret=cert,version=3,path=tls.pem",
         "{'containers':[{}],"
         "'volumes':[{'name':'c','secret':{'secret':'cert','items':[{'path':'tls.pem','version':'3'}]}}]}"},
        {ONE, "--add-volume=name=m,type=in-memory",
         "{'containers':[{'volumeMounts':[{'name':'m','mountPath':'/m'}]}],"
         "'volumes':[{'name':'m','emptyDir':{'medium':'MEMORY'}}]}"},
        {ONE, "--add-volume=name=s,type=in-memory --add-volume-mount=volume=s,mount-path=/m",
         "{'containers':[{'volumeMounts':[{'name':'s','mountPath':'/m'}]}],"
         "'volumes':[{'name':'m','gcs':{'bucket':'b'}},{'name':'s','emptyDir':{'medium':'MEMORY'}}]}"},
        {NULL, "--add-volume-mount=volume=nope,mount-path=/m",
         "{'volumeMounts':[{'name':'nope','mountPath':'/m'}]}"}, /* for the platform to refuse */
    };

    EDIT_ROWS(rows);
}

TEST(volumes_and_mounts_are_taken_away)
{
    static const struct edit_row rows[] = {
        {ONE, "--clear-volumes --clear-volume-mounts", "{}"},
        {ONE, "--clear-volume-mounts", "{'containers':[{}],'volumes':[{'name':'m','gcs':{'bucket':'b'}}]}"},
        {ONE, "--clear-volumes", "{'volumeMounts':[{'name':'m','mountPath':'/m'}]}"},
        {ONE, "--remove-volume=m --remove-volume-mount=/m", "{}"},
        {ONE, "--remove-volume=nope,m --remove-volume-mount=/nope", "{'volumeMounts':[{'name':'m','mountPath':'/m'}]}"},
        {ONE,
         "--clear-volumes --clear-volume-mounts --add-volume-mount=volume=s,mount-path=/s "
         "--add-volume=name=s,type=in-memory",
         "{'containers':[{'volumeMounts':[{'name':'s','mountPath':'/s'}]}],"
         "'volumes':[{'name':'s','emptyDir':{'medium':'MEMORY'}}]}"},
        {NULL, "--clear-volumes --clear-volume-mounts --remove-volume=a", "{}"},
    };

    EDIT_ROWS(rows);
}

#define SQL "{'name':'cloudsql','cloudSqlInstance':{'instances':['p:r:db']}}"
#define AT_SQL "{'name':'cloudsql','mountPath':'/cloudsql'}"

TEST(cloud_sql_is_nobodys_volume)
{
    static const struct edit_row rows[] = {
        {"{'containers':[{'volumeMounts':[{'name':'m','mountPath':'/m'}," AT_SQL "]}],'volumes':[" SQL
         ",{'name':'m','gcs':{'bucket':'b'}}]}",
         "--clear-volumes --clear-volume-mounts", "{'containers':[{'volumeMounts':[" AT_SQL "]}],'volumes':[" SQL "]}"},
        {"{'containers':[{'volumeMounts':[" AT_SQL "]}],'volumes':[" SQL "]}",
         "--remove-volume=cloudsql --remove-volume-mount=/cloudsql",
         "{'containers':[{'volumeMounts':[" AT_SQL "]}],'volumes':[" SQL "]}"},
    };

    EDIT_ROWS(rows);
}

TEST(volumes_that_cannot_be_are_refused)
{
    static const struct edit_row rows[] = {
        {NULL, "--add-volume=type=in-memory", "!'name' is missing"},
        {NULL, "--add-volume=name=a", "!'type' is missing"},
        {NULL, "--add-volume=", "!'name' is missing"},
        {NULL, "--add-volume=name=a,type=in-memori", "!did you mean 'in-memory'?"},
        {NULL, "--add-volume=name=a,type=cloudsql,instances=a:b:c", "!--add-cloudsql-instances"},
        {NULL, "--add-volume=name=a,type=disk", "!cloud-storage, in-memory, nfs and secret"},
        {NULL, "--add-volume=name=a,type=cloud-storage", "!volume 'a' of type cloud-storage needs 'bucket'"},
        {NULL, "--add-volume=name=a,type=cloud-storage,bucket=b,mount-options=x", "!has no 'mount-options'"},
        {NULL, "--add-volume=name=a,type=in-memory,bucket=b", "!volume 'a' of type in-memory has no 'bucket'"},
        {NULL, "--add-volume=name=a,type=nfs,location=10.0.0.2", "!location=IP_ADDRESS:/DIRECTORY"},
        {NULL, "--add-volume=name=a,type=nfs", "!needs 'location'"},
        {NULL, "--add-volume=name=a,type=secret,secret=s,version=1", "!needs 'path'"},
        {NULL, "--add-volume-mount=volume=a", "!'mount-path' is missing"},
        {NULL, "--add-volume-mount=mount-path=/a", "!'volume' is missing"},
        {NULL, "--add-volume-mount=volume=a,mount-path=/a,sub-path=b", "!a mount has no 'sub-path'"},
        {NULL, "--add-volume-mount=a", "!'a' has no '='"},
    };

    EDIT_ROWS(rows);
}

TEST_MAIN(cmocka_unit_test(volumes_are_added_and_replaced), cmocka_unit_test(volumes_and_mounts_are_taken_away),
          cmocka_unit_test(cloud_sql_is_nobodys_volume), cmocka_unit_test(volumes_that_cannot_be_are_refused))
