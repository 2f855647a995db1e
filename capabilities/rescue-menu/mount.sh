#!/bin/sh
# title.en=Mount disks, read-only
# title.de=Platten einhängen, nur lesend
#
# Mounts file systems below /mnt: all of them read-only, or one writable when told to.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

mountable='ext2 ext3 ext4 xfs btrfs f2fs vfat exfat ntfs iso9660 udf squashfs'

mount_one() { # DEVICE OPTIONS
    is_mounted "$1" && return 0
    type=$(property "$1" FSTYPE)
    where=/mnt/${1##*/}
    mkdir -p "$where"
    run mount -t "$(kernel_type "$type")" -o "$2" "$1" "$where" || {
        [ "$type" = btrfs ] && run mount -t btrfs -o "$2,degraded" "$1" "$where"
    } || {
        rmdir "$where"
        say "$T_mount_failed" "$1"
        dmesg | tail -n 3
    }
}

unmount_all() {
    for where in /mnt/*; do
        grep -q " $where " /proc/mounts && run umount "$where" && rmdir "$where"
    done
}

title
choose "$T_what" "$T_mount_choices" || exit 0
case $answer in
1)
    list=$(devices | awk -v words=" $mountable " 'index(words, " " $4 " ") { print $1 }')
    if [ -z "$list" ]; then
        if [ -z "$(devices)" ]; then say "$T_no_disk"; else say "$T_mount_nothing"; fi
    fi
    ! devices | grep -q ' btrfs ' || { modprobe btrfs && run btrfs device scan; } # finds what belongs together, writes nothing
    for device in $list; do
        # the image of a CD on a stick is a file system around its own partitions: only one of the two can be mounted
        [ "$(lsblk -rnpo NAME "$device" | grep -c .)" -le 1 ] || continue
        mount_one "$device" "$(read_only_options "$(property "$device" FSTYPE)")"
    done
    ;;
2)
    # shellcheck disable=SC2086 # words
    choose_device "$T_choose_device" 4 $mountable || { pause; exit 0; }
    confirm "$device" || { pause; exit 0; }
    grep -q "^$device /mnt/" /proc/mounts && run umount "$device"
    mount_one "$device" rw
    ;;
3) unmount_all ;;
esac
grep ' /mnt/' /proc/mounts | cut -d' ' -f1-4
pause
