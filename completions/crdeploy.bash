# Completion of crdeploy for bash, generated from its option tables; 'make docs' writes it anew.
_crdeploy_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}
_crdeploy_files() {
    mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
    compopt -o filenames 2>/dev/null
}

_crdeploy() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}
    local options='' arguments='' files='' first
    COMPREPLY=()
    # bash cuts --option=value into three words
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = && COMP_CWORD -ge 3 ]]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD == 1)); then
        _crdeploy_words 'init check lock generate build builds deploy diff destroy predict traffic rollback url open logs image services revisions doctor limits auth local config version help'
        return
    fi
    case $verb in
        builds)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'submit'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
        image)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'inspect'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
        services)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'list describe update delete update-traffic'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
        revisions)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'list describe delete'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
        auth)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'login list print-access-token print-identity-token revoke application-default'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
        local)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'up down status logs load'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
        config)
            if ((COMP_CWORD == 2)); then
                _crdeploy_words 'get set unset list'
                return
            fi
            verb="$verb ${COMP_WORDS[2]}" ;;
    esac
    case $verb:$previous in
        'init:--model') _crdeploy_files -d ;;
        'init:--task') _crdeploy_words 'question-answering tensor' ;;
        'init:--source') _crdeploy_files -d ;;
        'init:--color') _crdeploy_words 'auto always never' ;;
        'check:--platform') _crdeploy_words 'managed local' ;;
        'check:--machine-type') _crdeploy_words 'e2-medium e2-standard-2 e2-highcpu-8 e2-highcpu-32 n1-highcpu-8 n1-highcpu-32' ;;
        'check:--template-dir') _crdeploy_files -d ;;
        'check:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'check:--color') _crdeploy_words 'auto always never' ;;
        'lock:--platform') _crdeploy_words 'managed local' ;;
        'lock:--machine-type') _crdeploy_words 'e2-medium e2-standard-2 e2-highcpu-8 e2-highcpu-32 n1-highcpu-8 n1-highcpu-32' ;;
        'lock:--template-dir') _crdeploy_files -d ;;
        'lock:--color') _crdeploy_words 'auto always never' ;;
        'generate:--output') _crdeploy_files -d ;;
        'generate:--archive') _crdeploy_files -f ;;
        'generate:--platform') _crdeploy_words 'managed local' ;;
        'generate:--machine-type') _crdeploy_words 'e2-medium e2-standard-2 e2-highcpu-8 e2-highcpu-32 n1-highcpu-8 n1-highcpu-32' ;;
        'generate:--template-dir') _crdeploy_files -d ;;
        'generate:--color') _crdeploy_words 'auto always never' ;;
        'build:--config') _crdeploy_files -f ;;
        'build:--machine-type') _crdeploy_words 'e2-medium e2-standard-2 e2-highcpu-8 e2-highcpu-32 n1-highcpu-8 n1-highcpu-32' ;;
        'build:--default-buckets-behavior') _crdeploy_words 'regional-user-owned-bucket legacy-bucket' ;;
        'build:--ignore-file') _crdeploy_files -f ;;
        'build:--access-token-file') _crdeploy_files -f ;;
        'build:--key-file') _crdeploy_files -f ;;
        'build:--platform') _crdeploy_words 'managed local' ;;
        'build:--template-dir') _crdeploy_files -d ;;
        'build:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'build:--color') _crdeploy_words 'auto always never' ;;
        'builds submit:--config') _crdeploy_files -f ;;
        'builds submit:--machine-type') _crdeploy_words 'e2-medium e2-standard-2 e2-highcpu-8 e2-highcpu-32 n1-highcpu-8 n1-highcpu-32' ;;
        'builds submit:--default-buckets-behavior') _crdeploy_words 'regional-user-owned-bucket legacy-bucket' ;;
        'builds submit:--ignore-file') _crdeploy_files -f ;;
        'builds submit:--access-token-file') _crdeploy_files -f ;;
        'builds submit:--key-file') _crdeploy_files -f ;;
        'builds submit:--platform') _crdeploy_words 'managed local' ;;
        'builds submit:--template-dir') _crdeploy_files -d ;;
        'builds submit:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'builds submit:--color') _crdeploy_words 'auto always never' ;;
        'deploy:--gradual-sample') _crdeploy_files -f ;;
        'deploy:--machine-type') _crdeploy_words 'e2-medium e2-standard-2 e2-highcpu-8 e2-highcpu-32 n1-highcpu-8 n1-highcpu-32' ;;
        'deploy:--template-dir') _crdeploy_files -d ;;
        'deploy:--env-vars-file') _crdeploy_files -f ;;
        'deploy:--execution-environment') _crdeploy_words 'gen1 gen2' ;;
        'deploy:--vpc-egress') _crdeploy_words 'all-traffic private-ranges-only all' ;;
        'deploy:--post-key-revocation-action-type') _crdeploy_words 'prevent-new shut-down' ;;
        'deploy:--ingress') _crdeploy_words 'all internal internal-and-cloud-load-balancing' ;;
        'deploy:--platform') _crdeploy_words 'managed local' ;;
        'deploy:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'deploy:--access-token-file') _crdeploy_files -f ;;
        'deploy:--key-file') _crdeploy_files -f ;;
        'deploy:--color') _crdeploy_words 'auto always never' ;;
        'diff:--env-vars-file') _crdeploy_files -f ;;
        'diff:--execution-environment') _crdeploy_words 'gen1 gen2' ;;
        'diff:--vpc-egress') _crdeploy_words 'all-traffic private-ranges-only all' ;;
        'diff:--post-key-revocation-action-type') _crdeploy_words 'prevent-new shut-down' ;;
        'diff:--ingress') _crdeploy_words 'all internal internal-and-cloud-load-balancing' ;;
        'diff:--platform') _crdeploy_words 'managed local' ;;
        'diff:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'diff:--access-token-file') _crdeploy_files -f ;;
        'diff:--key-file') _crdeploy_files -f ;;
        'diff:--color') _crdeploy_words 'auto always never' ;;
        'destroy:--platform') _crdeploy_words 'managed local' ;;
        'destroy:--access-token-file') _crdeploy_files -f ;;
        'destroy:--key-file') _crdeploy_files -f ;;
        'destroy:--color') _crdeploy_words 'auto always never' ;;
        'predict:--platform') _crdeploy_words 'managed local' ;;
        'predict:--file') _crdeploy_files -f ;;
        'predict:--access-token-file') _crdeploy_files -f ;;
        'predict:--key-file') _crdeploy_files -f ;;
        'predict:--color') _crdeploy_words 'auto always never' ;;
        'traffic:--platform') _crdeploy_words 'managed local' ;;
        'traffic:--access-token-file') _crdeploy_files -f ;;
        'traffic:--key-file') _crdeploy_files -f ;;
        'traffic:--color') _crdeploy_words 'auto always never' ;;
        'rollback:--platform') _crdeploy_words 'managed local' ;;
        'rollback:--access-token-file') _crdeploy_files -f ;;
        'rollback:--key-file') _crdeploy_files -f ;;
        'rollback:--color') _crdeploy_words 'auto always never' ;;
        'url:--platform') _crdeploy_words 'managed local' ;;
        'url:--access-token-file') _crdeploy_files -f ;;
        'url:--key-file') _crdeploy_files -f ;;
        'url:--color') _crdeploy_words 'auto always never' ;;
        'open:--platform') _crdeploy_words 'managed local' ;;
        'open:--access-token-file') _crdeploy_files -f ;;
        'open:--key-file') _crdeploy_files -f ;;
        'open:--color') _crdeploy_words 'auto always never' ;;
        'logs:--platform') _crdeploy_words 'managed local' ;;
        'logs:--access-token-file') _crdeploy_files -f ;;
        'logs:--key-file') _crdeploy_files -f ;;
        'logs:--color') _crdeploy_words 'auto always never' ;;
        'image inspect:--platform') _crdeploy_words 'managed local' ;;
        'image inspect:--access-token-file') _crdeploy_files -f ;;
        'image inspect:--key-file') _crdeploy_files -f ;;
        'image inspect:--color') _crdeploy_words 'auto always never' ;;
        'services list:--platform') _crdeploy_words 'managed local' ;;
        'services list:--access-token-file') _crdeploy_files -f ;;
        'services list:--key-file') _crdeploy_files -f ;;
        'services list:--color') _crdeploy_words 'auto always never' ;;
        'services describe:--platform') _crdeploy_words 'managed local' ;;
        'services describe:--access-token-file') _crdeploy_files -f ;;
        'services describe:--key-file') _crdeploy_files -f ;;
        'services describe:--color') _crdeploy_words 'auto always never' ;;
        'services update:--env-vars-file') _crdeploy_files -f ;;
        'services update:--execution-environment') _crdeploy_words 'gen1 gen2' ;;
        'services update:--vpc-egress') _crdeploy_words 'all-traffic private-ranges-only all' ;;
        'services update:--post-key-revocation-action-type') _crdeploy_words 'prevent-new shut-down' ;;
        'services update:--ingress') _crdeploy_words 'all internal internal-and-cloud-load-balancing' ;;
        'services update:--platform') _crdeploy_words 'managed local' ;;
        'services update:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'services update:--access-token-file') _crdeploy_files -f ;;
        'services update:--key-file') _crdeploy_files -f ;;
        'services update:--color') _crdeploy_words 'auto always never' ;;
        'services delete:--platform') _crdeploy_words 'managed local' ;;
        'services delete:--access-token-file') _crdeploy_files -f ;;
        'services delete:--key-file') _crdeploy_files -f ;;
        'services delete:--color') _crdeploy_words 'auto always never' ;;
        'services update-traffic:--platform') _crdeploy_words 'managed local' ;;
        'services update-traffic:--access-token-file') _crdeploy_files -f ;;
        'services update-traffic:--key-file') _crdeploy_files -f ;;
        'services update-traffic:--color') _crdeploy_words 'auto always never' ;;
        'revisions list:--platform') _crdeploy_words 'managed local' ;;
        'revisions list:--access-token-file') _crdeploy_files -f ;;
        'revisions list:--key-file') _crdeploy_files -f ;;
        'revisions list:--color') _crdeploy_words 'auto always never' ;;
        'revisions describe:--platform') _crdeploy_words 'managed local' ;;
        'revisions describe:--access-token-file') _crdeploy_files -f ;;
        'revisions describe:--key-file') _crdeploy_files -f ;;
        'revisions describe:--color') _crdeploy_words 'auto always never' ;;
        'revisions delete:--platform') _crdeploy_words 'managed local' ;;
        'revisions delete:--access-token-file') _crdeploy_files -f ;;
        'revisions delete:--key-file') _crdeploy_files -f ;;
        'revisions delete:--color') _crdeploy_words 'auto always never' ;;
        'doctor:--platform') _crdeploy_words 'managed local' ;;
        'doctor:--access-token-file') _crdeploy_files -f ;;
        'doctor:--key-file') _crdeploy_files -f ;;
        'doctor:--color') _crdeploy_words 'auto always never' ;;
        'limits:--profile') _crdeploy_words 'current 2020-11' ;;
        'limits:--limits-profile') _crdeploy_words 'current 2020-11' ;;
        'limits:--color') _crdeploy_words 'auto always never' ;;
        'auth login:--client-file') _crdeploy_files -f ;;
        'auth login:--cred-file') _crdeploy_files -f ;;
        'auth login:--key-file') _crdeploy_files -f ;;
        'auth login:--platform') _crdeploy_words 'managed local' ;;
        'auth login:--color') _crdeploy_words 'auto always never' ;;
        'auth list:--access-token-file') _crdeploy_files -f ;;
        'auth list:--key-file') _crdeploy_files -f ;;
        'auth list:--platform') _crdeploy_words 'managed local' ;;
        'auth list:--color') _crdeploy_words 'auto always never' ;;
        'auth print-access-token:--access-token-file') _crdeploy_files -f ;;
        'auth print-access-token:--key-file') _crdeploy_files -f ;;
        'auth print-access-token:--platform') _crdeploy_words 'managed local' ;;
        'auth print-access-token:--color') _crdeploy_words 'auto always never' ;;
        'auth print-identity-token:--access-token-file') _crdeploy_files -f ;;
        'auth print-identity-token:--key-file') _crdeploy_files -f ;;
        'auth print-identity-token:--platform') _crdeploy_words 'managed local' ;;
        'auth print-identity-token:--color') _crdeploy_words 'auto always never' ;;
        'auth revoke:--platform') _crdeploy_words 'managed local' ;;
        'auth revoke:--color') _crdeploy_words 'auto always never' ;;
        'auth application-default:--access-token-file') _crdeploy_files -f ;;
        'auth application-default:--key-file') _crdeploy_files -f ;;
        'auth application-default:--platform') _crdeploy_words 'managed local' ;;
        'auth application-default:--color') _crdeploy_words 'auto always never' ;;
        'local up:--runtime') _crdeploy_words 'auto podman docker none' ;;
        'local up:--color') _crdeploy_words 'auto always never' ;;
        'local down:--color') _crdeploy_words 'auto always never' ;;
        'local status:--color') _crdeploy_words 'auto always never' ;;
        'local logs:--color') _crdeploy_words 'auto always never' ;;
        'local load:--color') _crdeploy_words 'auto always never' ;;
        'config get:--color') _crdeploy_words 'auto always never' ;;
        'config set:--color') _crdeploy_words 'auto always never' ;;
        'config unset:--color') _crdeploy_words 'auto always never' ;;
        'config list:--color') _crdeploy_words 'auto always never' ;;
        'version:--color') _crdeploy_words 'auto always never' ;;
        'help:--color') _crdeploy_words 'auto always never' ;;
        *) first=yes ;;
    esac
    [[ -n ${first-} ]] || return
    case $verb in
        'init') options=' --from= --model= --task= --source= --force --json --quiet --color= --debug= --help' ;;
        'check') options=' --name= --project= --region= --platform= --tag= --machine-type= --build-timeout= --template-dir= --timeout= --description= --labels= --image= --cpu= --memory= --concurrency= --min-instances= --max-instances= --env= --port= --allow-unauthenticated --no-allow-unauthenticated --explain --limits-profile= --no-limit-check --json --quiet --color= --debug= --help'; files=-d ;;
        'lock') options=' --update-base --check --name= --project= --region= --platform= --tag= --machine-type= --build-timeout= --template-dir= --timeout= --description= --labels= --image= --cpu= --memory= --concurrency= --min-instances= --max-instances= --env= --port= --allow-unauthenticated --no-allow-unauthenticated --json --quiet --color= --debug= --help'; files=-d ;;
        'generate') options=' --output= --archive= --force --name= --project= --region= --platform= --tag= --machine-type= --build-timeout= --template-dir= --timeout= --description= --labels= --image= --cpu= --memory= --concurrency= --min-instances= --max-instances= --env= --port= --allow-unauthenticated --no-allow-unauthenticated --json --quiet --color= --debug= --help'; files=-d ;;
        'build') options=' --tag= --config= --pack= --project= --region= --worker-pool= --machine-type= --disk-size= --timeout= --build-timeout= --service-account= --substitutions= --cache --no-cache --kaniko --no-kaniko --kaniko-cache-ttl= --gcs-source-staging-dir= --gcs-log-dir= --default-buckets-behavior= --ignore-file= --no-source --revision= --dir= --git-source-revision= --git-source-dir= --async --suppress-logs --polling-interval= --plan --dry-run --allow-secrets --rebuild --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --platform= --name= --template-dir= --description= --labels= --image= --cpu= --memory= --concurrency= --min-instances= --max-instances= --env= --port= --allow-unauthenticated --no-allow-unauthenticated --limits-profile= --no-limit-check --json --quiet --color= --debug= --help'; files=-d ;;
        'builds submit') options=' --tag= --config= --pack= --project= --region= --worker-pool= --machine-type= --disk-size= --timeout= --build-timeout= --service-account= --substitutions= --cache --no-cache --kaniko --no-kaniko --kaniko-cache-ttl= --gcs-source-staging-dir= --gcs-log-dir= --default-buckets-behavior= --ignore-file= --no-source --revision= --dir= --git-source-revision= --git-source-dir= --async --suppress-logs --polling-interval= --plan --dry-run --allow-secrets --rebuild --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --platform= --name= --template-dir= --description= --labels= --image= --cpu= --memory= --concurrency= --min-instances= --max-instances= --env= --port= --allow-unauthenticated --no-allow-unauthenticated --limits-profile= --no-limit-check --json --quiet --color= --debug= --help'; files=-d ;;
        'deploy') options=' --async --dry-run --validate-only --rebuild --gradual= --gradual-wait= --gradual-errors= --gradual-latency= --gradual-load= --gradual-sample= --name= --env= --machine-type= --build-timeout= --template-dir= --image= --cpu= --memory= --gpu= --port= --use-http2 --no-use-http2 --command= --args= --set-env-vars= --update-env-vars= --remove-env-vars= --clear-env-vars --env-vars-file= --set-secrets= --update-secrets= --remove-secrets= --clear-secrets --startup-probe= --liveness-probe= --readiness-probe= --add-volume= --remove-volume= --clear-volumes --add-volume-mount= --remove-volume-mount= --clear-volume-mounts --container= --depends-on= --remove-containers= --concurrency= --timeout= --min-instances= --max-instances= --execution-environment= --cpu-throttling --no-cpu-throttling --cpu-boost --no-cpu-boost --gpu-type= --gpu-zonal-redundancy --no-gpu-zonal-redundancy --session-affinity --no-session-affinity --deploy-health-check --no-deploy-health-check --service-account= --set-cloudsql-instances= --add-cloudsql-instances= --remove-cloudsql-instances= --clear-cloudsql-instances --vpc-connector= --clear-vpc-connector --network= --subnet= --clear-network --network-tags= --clear-network-tags --vpc-egress= --mesh= --key= --clear-key --post-key-revocation-action-type= --clear-post-key-revocation-action-type --encryption-key-shutdown-hours= --clear-encryption-key-shutdown-hours --description= --labels= --update-labels= --remove-labels= --clear-labels --min= --max= --scaling= --ingress= --default-url --no-default-url --invoker-iam-check --no-invoker-iam-check --iap --no-iap --set-custom-audiences= --add-custom-audiences= --remove-custom-audiences= --clear-custom-audiences --binary-authorization= --clear-binary-authorization --breakglass= --revision-suffix= --tag= --traffic --no-traffic --allow-unauthenticated --no-allow-unauthenticated --region= --project= --platform= --limits-profile= --no-limit-check --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help'; files=-d ;;
        'diff') options=' --exit-code --name= --env= --image= --cpu= --memory= --gpu= --port= --use-http2 --no-use-http2 --command= --args= --set-env-vars= --update-env-vars= --remove-env-vars= --clear-env-vars --env-vars-file= --set-secrets= --update-secrets= --remove-secrets= --clear-secrets --startup-probe= --liveness-probe= --readiness-probe= --add-volume= --remove-volume= --clear-volumes --add-volume-mount= --remove-volume-mount= --clear-volume-mounts --container= --depends-on= --remove-containers= --concurrency= --timeout= --min-instances= --max-instances= --execution-environment= --cpu-throttling --no-cpu-throttling --cpu-boost --no-cpu-boost --gpu-type= --gpu-zonal-redundancy --no-gpu-zonal-redundancy --session-affinity --no-session-affinity --deploy-health-check --no-deploy-health-check --service-account= --set-cloudsql-instances= --add-cloudsql-instances= --remove-cloudsql-instances= --clear-cloudsql-instances --vpc-connector= --clear-vpc-connector --network= --subnet= --clear-network --network-tags= --clear-network-tags --vpc-egress= --mesh= --key= --clear-key --post-key-revocation-action-type= --clear-post-key-revocation-action-type --encryption-key-shutdown-hours= --clear-encryption-key-shutdown-hours --description= --labels= --update-labels= --remove-labels= --clear-labels --min= --max= --scaling= --ingress= --default-url --no-default-url --invoker-iam-check --no-invoker-iam-check --iap --no-iap --set-custom-audiences= --add-custom-audiences= --remove-custom-audiences= --clear-custom-audiences --binary-authorization= --clear-binary-authorization --breakglass= --revision-suffix= --tag= --traffic --no-traffic --allow-unauthenticated --no-allow-unauthenticated --region= --project= --platform= --limits-profile= --no-limit-check --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help'; files=-d ;;
        'destroy') options=' --plan --all --yes --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'predict') options=' --service= --platform= --project= --region= --url= --tag= --path= --file= --batch --parallel= --repeat= --timing --timeout= --wait= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help'; files=-f ;;
        'traffic') options=' --to-revisions= --to-latest --to-tags= --set-tags= --update-tags= --remove-tags= --clear-tags --async --dry-run --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'rollback') options=' --service= --plan --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'url') options=' --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'open') options=' --tag= --console --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'logs') options=' --tail --severity= --revision= --limit= --since= --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'image inspect') options=' --project= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'services list') options=' --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'services describe') options=' --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'services update') options=' --async --dry-run --validate-only --image= --cpu= --memory= --gpu= --port= --use-http2 --no-use-http2 --command= --args= --set-env-vars= --update-env-vars= --remove-env-vars= --clear-env-vars --env-vars-file= --set-secrets= --update-secrets= --remove-secrets= --clear-secrets --startup-probe= --liveness-probe= --readiness-probe= --add-volume= --remove-volume= --clear-volumes --add-volume-mount= --remove-volume-mount= --clear-volume-mounts --container= --depends-on= --remove-containers= --concurrency= --timeout= --min-instances= --max-instances= --execution-environment= --cpu-throttling --no-cpu-throttling --cpu-boost --no-cpu-boost --gpu-type= --gpu-zonal-redundancy --no-gpu-zonal-redundancy --session-affinity --no-session-affinity --deploy-health-check --no-deploy-health-check --service-account= --set-cloudsql-instances= --add-cloudsql-instances= --remove-cloudsql-instances= --clear-cloudsql-instances --vpc-connector= --clear-vpc-connector --network= --subnet= --clear-network --network-tags= --clear-network-tags --vpc-egress= --mesh= --key= --clear-key --post-key-revocation-action-type= --clear-post-key-revocation-action-type --encryption-key-shutdown-hours= --clear-encryption-key-shutdown-hours --description= --labels= --update-labels= --remove-labels= --clear-labels --min= --max= --scaling= --ingress= --default-url --no-default-url --invoker-iam-check --no-invoker-iam-check --iap --no-iap --set-custom-audiences= --add-custom-audiences= --remove-custom-audiences= --clear-custom-audiences --binary-authorization= --clear-binary-authorization --breakglass= --revision-suffix= --tag= --traffic --no-traffic --allow-unauthenticated --no-allow-unauthenticated --region= --project= --platform= --limits-profile= --no-limit-check --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'services delete') options=' --yes --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'services update-traffic') options=' --to-revisions= --to-latest --to-tags= --set-tags= --update-tags= --remove-tags= --clear-tags --async --dry-run --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'revisions list') options=' --service= --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'revisions describe') options=' --service= --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'revisions delete') options=' --yes --service= --project= --region= --platform= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --json --quiet --color= --debug= --help' ;;
        'doctor') options=' --project= --region= --platform= --tag= --build-region= --service-account= --gcs-source-staging-dir= --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --fix --yes --json --quiet --color= --debug= --help'; files=-d ;;
        'limits') options=' --profile= --limits-profile= --json --quiet --color= --debug= --help' ;;
        'auth login') options=' --client-file= --cred-file= --key-file= --no-browser --headless --port= --no-activate --allow-custom-endpoints --platform= --json --quiet --color= --debug= --help' ;;
        'auth list') options=' --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --platform= --json --quiet --color= --debug= --help' ;;
        'auth print-access-token') options=' --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --platform= --json --quiet --color= --debug= --help' ;;
        'auth print-identity-token') options=' --audiences= --include-email --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --platform= --json --quiet --color= --debug= --help' ;;
        'auth revoke') options=' --local --platform= --json --quiet --color= --debug= --help' ;;
        'auth application-default') options=' --access-token-file= --key-file= --account= --impersonate-service-account= --billing-project= --allow-custom-endpoints --platform= --json --quiet --color= --debug= --help'; arguments='print-access-token' ;;
        'local up') options=' --port= --ingress-port= --runtime= --json --quiet --color= --debug= --help' ;;
        'local down') options=' --json --quiet --color= --debug= --help' ;;
        'local status') options=' --json --quiet --color= --debug= --help' ;;
        'local logs') options=' --limit= --json --quiet --color= --debug= --help' ;;
        'local load') options=' --project= --region= --json --quiet --color= --debug= --help' ;;
        'config get') options=' --json --quiet --color= --debug= --help'; arguments='machine_type disk_size build_region build_timeout template_dir project region platform account' ;;
        'config set') options=' --json --quiet --color= --debug= --help'; arguments='machine_type disk_size build_region build_timeout template_dir project region platform account' ;;
        'config unset') options=' --json --quiet --color= --debug= --help'; arguments='machine_type disk_size build_region build_timeout template_dir project region platform account' ;;
        'config list') options=' --json --quiet --color= --debug= --help' ;;
        'version') options=' --json --quiet --color= --debug= --help' ;;
        'help') options=' --json --quiet --color= --debug= --help' ;;
    esac
    if [[ $current == -* ]]; then
        _crdeploy_words "$options"
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
    elif [[ -n $arguments ]]; then
        _crdeploy_words "$arguments"
    elif [[ -n $files ]]; then
        _crdeploy_files "$files"
    fi
    return 0
}
complete -F _crdeploy crdeploy
