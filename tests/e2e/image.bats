#!/usr/bin/env bats
# What an image says of itself: labels, SBOM, dpkg's records, base image; and that the same inputs make the same image.
#
# One platform for the file; no registry is reached, and a digest is locked all the same. The tests run in order.
bats_require_minimum_version 1.5.0
load ../lib/helper
load engine.bash

base=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

setup_file() {
    command -v podman >/dev/null && command -v buildah >/dev/null || return 0
    clean_home "$BATS_FILE_TMPDIR"
    export CRDEPLOY_PLATFORM=local
    mkdir -p "$BATS_FILE_TMPDIR/work"
    cd "$BATS_FILE_TMPDIR/work" || return 1
    crdeploy local up --port 0 --ingress-port 0 >&2
    crdeploy init distilbert --from tiny-distilbert-qa >&2
    sed -i 's/^model:/model:\n  license: apache-2.0/' crdeploy.yaml
    crdeploy lock >&2
    jq --arg digest "$base" '.base = {image: "docker.io/library/debian:trixie-slim", digest: $digest}' crdeploy.lock >../lock
    mv ../lock crdeploy.lock
}

setup() {
    command -v podman >/dev/null && command -v buildah >/dev/null || lacking "podman or buildah" || return
    cd "$BATS_FILE_TMPDIR/work" || return
    sbom=../tree/usr/share/sbom/image.spdx.json
}

@test "without a registry a locked base image is made from packages, said in the log, and stays locked" {
    cp crdeploy.lock ../before
    run --separate-stderr crdeploy build
    [ "$status" -eq 0 ] || { echo "$stderr"; return 1; }
    echo "$output" >../image
    [[ $stderr == *"docker.io/library/debian:trixie-slim is made from Debian's packages here, its digest is not the locked one"* ]]
    jq -e --arg digest "$base" '.base.digest == $digest' crdeploy.lock
    jq -S . ../before | diff - <(jq -S . crdeploy.lock)
}

@test "image inspect shows what the image was made of and measured to need" {
    run --separate-stderr crdeploy image inspect --json "$(cat ../image)"
    ended 0
    echo "$output" >../inspect.json
    jq -e '.digest == (.image | split("@")[1]) and .task == "question-answering" and .samples == 2 and .packages > 10
        and .size > 10000000 and .peak_memory > 16 * 1048576 and .peak_memory % (16 * 1048576) == 0
        and .base == "docker.io/library/debian:trixie-slim"' ../inspect.json
    jq -e '.labels | .["org.opencontainers.image.title"] == "distilbert" and
        .["org.opencontainers.image.licenses"] == "apache-2.0" and (.["org.opencontainers.image.revision"] | length) == 64 and
        .["org.opencontainers.image.created"] == "1970-01-01T00:00:00Z" and has("org.opencontainers.image.source") and
        has("org.opencontainers.image.version") and has("io.crdeploy.version")' ../inspect.json
    run crdeploy image inspect "$(cat ../image)"
    ended 0
    said "peak memory" " MiB" "io.crdeploy.task=question-answering"
    run crdeploy image inspect us-central1-docker.pkg.dev/local/crdeploy/none:v1
    ended 1
    said "not found"
}

@test "the SBOM has every file of the image, and the package, version and checksum of each library" {
    local id
    id=$(engine create "localhost/crdeploy:$(sed 's/.*sha256://' ../image)")
    mkdir ../tree
    engine export "$id" | tar -x -C ../tree --exclude=dev --exclude=proc --exclude=sys
    engine rm "$id"
    [ "$(du -sm ../tree | cut -f1)" -lt 60 ]
    (cd ../tree && find server usr/lib lib64 model -type f | sed 's|^|./|' | LC_ALL=C sort) >../files
    jq -r '.files[].fileName' "$sbom" | LC_ALL=C sort | diff - ../files
    jq -r '.files[] | (.checksums[] | select(.algorithm == "SHA256").checksumValue) + "  " + .fileName' "$sbom" >../sums
    (cd ../tree && sha256sum --quiet -c ../sums)
    # each library is contained by a package of Debian's
    jq -r '.relationships[] | select(.relationshipType == "CONTAINS" and (.spdxElementId | startswith("SPDXRef-Package-")))
        | .relatedSpdxElement' "$sbom" | sort >../owned
    jq -r '.files[] | select(.fileName | test("^./(usr/lib|lib64)/")) | .SPDXID' "$sbom" | sort | diff - ../owned
    jq -e '[.packages[] | select(.SPDXID | startswith("SPDXRef-Package-"))]
        | length > 10 and all(.externalRefs[0].referenceLocator | test("^pkg:deb/debian/[^@]+@[^?]+\\?arch=[a-z0-9]+&distro=debian-13$"))' "$sbom"
    # the model: its source files as they are locked, and its license by SPDX's name for it
    jq -r '.packages[] | select(.SPDXID | startswith("SPDXRef-Source-")) | .checksums[0].checksumValue' "$sbom" | sort >../locked
    jq -r '.files[].sha256' crdeploy.lock | sort | diff - ../locked
    jq -e '.packages[] | select(.SPDXID | startswith("SPDXRef-Model-")) | .licenseDeclared == "Apache-2.0"' "$sbom"
    grep -Eq '^gcc [^ ]+ [a-z0-9]+$' ../tree/usr/share/sbom/build-packages.txt
}

@test "scanners find the packages: status.d, their checksums and os-release" {
    local admin=../admin
    (cd ../tree && cat var/lib/dpkg/status.d/*.md5sums | md5sum --quiet -c)
    grep -q '^ID=debian$' ../tree/etc/os-release
    mkdir -p "$admin/info" "$admin/updates"
    for record in ../tree/var/lib/dpkg/status.d/*; do
        [[ $record == *.md5sums ]] || { cat "$record" && echo; } >>"$admin/status"
    done
    dpkg-query --admindir="$admin" -W -f '${Package} ${Version} ${Architecture}\n' | sort >../installed
    jq -r '.packages[] | select(.externalRefs) | .name + " " + .versionInfo + " " +
        (.externalRefs[0].referenceLocator | capture("arch=(?<a>[a-z0-9]+)").a)' "$sbom" | sort | diff - ../installed
    [ "$(wc -l <../installed)" = "$(jq .packages ../inspect.json)" ]
    [ -s ../tree/usr/share/doc/libc6/copyright ]
}

@test "PyPI's spdx-tools says that the SBOM is valid, and finds a fault that is put into it" {
    python3 -m venv ../venv || lacking "python3-venv" || return
    ../venv/bin/pip -q install 'spdx-tools==0.8.3' || lacking "PyPI" || return
    ../venv/bin/pyspdxtools -i "$sbom"
    jq 'del(.packages[1].downloadLocation) | .relationships[0].relatedSpdxElement = "SPDXRef-Nothing"' "$sbom" >../bad.spdx.json
    never ../venv/bin/pyspdxtools -i ../bad.spdx.json
}

@test "the same inputs make the same image, without a cache too" {
    CRDEPLOY_BUILD_CACHE=false crdeploy build --rebuild 2>/dev/null >../again
    diff ../image ../again
}
