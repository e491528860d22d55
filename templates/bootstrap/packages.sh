#!/bin/sh
# packages.sh FACTS: every package of the stage that compiles, with its version: what the server was made with. It is
# a list of its own, since what it names is not in the image.
set -eu
file=$1/usr/share/sbom/build-packages.txt
dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' >"$file"
touch -d @0 "$file" "$1/usr/share/sbom"
