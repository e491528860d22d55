#!/bin/sh
# root.sh PROGRAM ROOT: the program at ROOT/server and below ROOT the shared libraries it needs, and nothing else: no
# shell, no package manager. All times are 0, so the same program makes the same layer.
set -eu
program=$1 root=$2
mkdir -p "$root/usr/lib" "$root/etc"
cp "$program" "$root/server"
strip "$root/server"
ldd "$program" | while read -r name arrow path rest; do
    case $arrow in
    '=>') cp -L "$path" "$root/usr/lib/$name" ;;
    *) case $name in
        /*) mkdir -p "$root${name%/*}" && cp -L "$name" "$root$name" ;; # the dynamic linker, where the program names it
        esac ;;
    esac
done
find "$root" -name 'ld-linux*' -exec chmod 0755 {} +
# With a cache the linker opens each library at once instead of trying several directories for each.
ldconfig -X -r "$root" -C /etc/ld.so.cache
rm -rf "${root:?}/var"
find "$root" -exec touch -h -d @0 {} +
