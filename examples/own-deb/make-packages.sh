#!/bin/sh
# Makes what edition.yaml takes, in this folder: packages in debs/, and a vendor's archive in site/, signed by the key in vendor.asc.
# They stand for yours and for your vendor's. Needs dpkg-deb and gpg. To serve the archive while it is asked:
#   python3 -m http.server --bind 127.0.0.1 --directory site 8099
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/keys" --kill gpg-agent || true; rm -r "$work"' EXIT
rm -rf debs site
mkdir -p debs site/pool site/dists/stable/main/binary-amd64

# start NAME VERSION ARCHITECTURE DEPENDS: a package in $tree, whose files follow
start() {
    tree=$work/$1
    mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$tree/usr/sbin" "$tree/usr/share/$1"
    cat > "$tree/DEBIAN/control" << EOF
Package: $1
Version: $2
Architecture: $3
Maintainer: Example <example@example.org>
Depends: $4
Description: for an example
EOF
}

start greeter 1.0 amd64 'greeter-words (>= 1)'
cat > "$tree/usr/bin/greeter" << 'EOF'
#!/bin/sh
echo "$(cat /usr/share/greeter-words/words), $1"
EOF
chmod 0755 "$tree/usr/bin/greeter"
dpkg-deb --root-owner-group --build "$tree" debs > /dev/null

start greeter-words 1.2 all libc6
echo 'Good day' > "$tree/usr/share/greeter-words/words"
dpkg-deb --root-owner-group --build "$tree" debs > /dev/null

start vendor-clock 3.1 amd64 adduser
cat > "$tree/usr/sbin/vendor-clock" << 'EOF'
#!/bin/sh
while :; do
    echo tick >> /var/lib/vendor-clock/ticks
    sleep 1
done
EOF
cat > "$tree/DEBIAN/postinst" << 'EOF'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
    adduser --system --group --quiet --home /var/lib/vendor-clock vendor-clock
fi
EOF
chmod 0755 "$tree/usr/sbin/vendor-clock" "$tree/DEBIAN/postinst"
deb=pool/vendor-clock_3.1_amd64.deb
dpkg-deb --root-owner-group --build "$tree" "site/$deb" > /dev/null

# the archive: an index, and a release that has its digest and is signed
index=main/binary-amd64/Packages
cat > "site/dists/stable/$index" << EOF
$(dpkg-deb --field "site/$deb")
Filename: $deb
Size: $(stat --format %s "site/$deb")
SHA256: $(sha256sum "site/$deb" | cut -d ' ' -f 1)
EOF
cat > "$work/Release" << EOF
Origin: Vendor
Suite: stable
Codename: stable
Date: $(date -u '+%a, %d %b %Y %H:%M:%S UTC')
Architectures: amd64
Components: main
SHA256:
 $(sha256sum "site/dists/stable/$index" | cut -d ' ' -f 1) $(stat --format %s "site/dists/stable/$index") $index
EOF
mkdir -m 0700 "$work/keys"
sign() { gpg --homedir "$work/keys" --batch --quiet --pinentry-mode loopback --passphrase '' "$@"; }
sign --quick-generate-key 'Vendor <vendor@example.org>' ed25519 sign never 2> /dev/null
sign --clearsign --output site/dists/stable/InRelease "$work/Release"
sign --armor --export > vendor.asc
