namespace Strata.Editions.Installing;

/// <summary>What is done in the namespaces of a <see cref="DpkgRoom"/>, by the shell and the programs of its own tree.</summary>
internal static class RoomScript
{
    /// <summary>Path of the list of packages inside: absolute names, a line each, in the order in which they are unpacked.</summary>
    public const string List = "packages";

    /// <summary>
    /// Arguments: the tree of tools, the folder of the work, the folder with package files, and the root to install over; without one a
    /// root is made of the tree. Everything that is said goes to <c>log</c> in the folder of the work; standard output gets the changed
    /// files as tar.
    /// </summary>
    /// <remarks>
    /// dpkg is told to unpack everything and then to configure what is pending, each after those that it depends on; where a preinst needs
    /// something that is configured, that comes first. Scripts may change files and accounts, and no mounts, devices, other roots, nor
    /// anything of the kernel. No service starts
    /// (policy-rc.d of Debian's policy 9.3.3.1), no question is asked, there is no network. An overlay keeps what is changed apart; where
    /// the kernel refuses one, the root is copied.
    /// </remarks>
    public const string Text = """
        set -e
        tree=$1 work=$2 debs=$3 base=${4-}
        t() {
            program=$1
            shift
            "$tree/usr/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" "$tree/$program" "$@"
        }
        root=$work/root changed=$work/root
        exec 3>&1 >"$work/log" 2>&1
        t usr/bin/mount --make-rprivate /
        t usr/bin/mkdir -p "$root"
        if [ -z "$base" ]; then
            t usr/bin/cp -a "$tree/." "$root/"
            t usr/bin/chown -R 0:0 "$root"
            t usr/bin/rm -rf "$root/etc" "$root/var"
            t usr/bin/mkdir -p "$root/etc" "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers" \
                "$root/var/cache" \
                "$root/var/log" "$root/var/tmp" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/run" "$root/debs"
            : >"$root/var/lib/dpkg/status"
            : >"$root/var/lib/dpkg/available"
            printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
            t usr/bin/chmod 755 "$root/usr/sbin/policy-rc.d"
        else
            changed=$work/changed
            t usr/bin/mkdir -p "$changed" "$work/scratch"
            read -r _ _ accounts </proc/self/uid_map
            marks= # of folders that hide others: with lent accounts they need names of their own, or no folder can be renamed
            test "$accounts" = 4294967295 || marks=,userxattr
            t usr/bin/mount -t overlay -o "lowerdir=$base,upperdir=$changed,workdir=$work/scratch$marks" overlay "$root" || {
                t usr/bin/cp -a "$base/." "$root/"
                changed=$root
            }
        fi
        t usr/bin/mount --bind "$debs" "$root/debs"
        t usr/bin/mount -t tmpfs -o mode=755 dev "$root/dev"
        for device in null zero full random urandom tty; do
            : >"$root/dev/$device"
            t usr/bin/mount --bind "/dev/$device" "$root/dev/$device"
        done
        t usr/bin/mount -t proc proc "$root/proc"
        for kernels in sys sysrq-trigger; do # a file's owner may write there, whatever capabilities it has
            test -e "$root/proc/$kernels" || continue
            t usr/bin/mount --bind "$root/proc/$kernels" "$root/proc/$kernels"
            t usr/bin/mount -o remount,bind,ro "$root/proc/$kernels"
        done
        t usr/sbin/chroot "$root" /usr/bin/setpriv \
            --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setfcap,+audit_write \
            /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
            DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C HOME=/root TZ=UTC /bin/sh -ec '
                packages=$(cat)
                test -z "$packages" || dpkg --force-depends --force-unsafe-io --unpack $packages || {
                    dpkg --force-unsafe-io --configure --pending || true
                    dpkg --force-depends --force-unsafe-io --skip-same-version --unpack $packages
                }
                dpkg --force-unsafe-io --configure --pending
                test -z "$(dpkg --audit)"' <"$work/packages"
        kill -9 -1 || true # daemons of scripts that ask nobody
        t usr/bin/umount -l "$root/debs" "$root/dev" "$root/proc"
        t usr/bin/tar -C "$changed" --one-file-system --numeric-owner --format=posix --xattrs --xattrs-include=security.capability \
            --xattrs-include=trusted.overlay.opaque --xattrs-include=user.overlay.opaque -cf - . >&3
        """;
}
