#!/bin/sh
# root.sh PROGRAM ROOT: the program at ROOT/server and below ROOT the shared libraries it needs, and nothing else: no
# shell, no package manager. What package each library is from stands where scanners look for it, as distroless images
# have it: var/lib/dpkg/status.d, with the checksums of the package's files that are there, usr/share/doc and
# etc/os-release. All times are 0, so the same program makes the same layer.
set -eu
program=$1 root=$2 status=$2/var/lib/dpkg/status.d

# needed: "PATH FILE" for each library, in the order of the files: where it is here, and where it is in the image.
needed() {
    ldd "$program" | while read -r name arrow path rest; do
        case $arrow in
        '=>') echo "$path usr/lib/$name" ;;
        *) case $name in
            /*) echo "$name ${name#/}" ;; # the dynamic linker, where the program names it
            esac ;;
        esac
    done | sort -k 2
}

# owned: "PACKAGE FILE" of what needed says; what is of no package has no line. One look at dpkg's lists for all of them.
owned() {
    needed | while read -r path file; do
        real=$(realpath "$path")
        echo "$real $file"
        echo "${real#/usr} $file"
    done >/tmp/needed
    # shellcheck disable=SC2046 # paths of libraries, one word each
    { dpkg-query -S $(cut -d' ' -f1 /tmp/needed) 2>/dev/null || true; } | sed -n 's/^\([^ ,]*\): /\1 /p' |
        awk 'NR == FNR { owner[$2] = $1; next } $1 in owner { print owner[$1], $2 }' - /tmp/needed
    rm /tmp/needed
}

mkdir -p "$root/usr/lib" "$root/etc"
cp "$program" "$root/server"
strip "$root/server"
needed | while read -r path file; do
    mkdir -p "$root/${file%/*}"
    cp -L "$path" "$root/$file"
done
find "$root" -name 'ld-linux*' -exec chmod 0755 {} +
# With a cache the linker opens each library at once instead of trying several directories for each.
ldconfig -X -r "$root" -C /etc/ld.so.cache
rm -rf "${root:?}/var"
mkdir -p "$status"
owned | while read -r package file; do
    name=${package%%:*}
    [ -e "$status/$name" ] || dpkg-query -s "$package" >"$status/$name"
    echo "$(md5sum <"$root/$file" | cut -d' ' -f1)  $file" >>"$status/$name.md5sums"
    if [ ! -e "$root/usr/share/doc/$name" ] && [ -r "/usr/share/doc/$name/copyright" ]; then
        mkdir -p "$root/usr/share/doc/$name"
        cp -L "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$name/"
    fi
done
cp -L /etc/os-release "$root/etc/os-release"
find "$root" -exec touch -h -d @0 {} +
