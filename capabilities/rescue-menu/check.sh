#!/bin/sh
# title.en=Check and repair a file system
# title.de=Dateisystem prüfen und reparieren
#
# Check and repair: looks first without writing, and repairs only when told to.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

repair() { # DEVICE COMMAND...: asks, repairs, and looks again
    target=$1
    shift
    say "$T_check_backup"
    confirm "$target" || return 1
    run "$@"
}

check_ext() {
    run e2fsck -fn "$1" && return 0
    repair "$1" e2fsck -fy "$1"
    run e2fsck -fn "$1"
}

check_xfs() {
    seen=$(wc -l <"$log")
    # with -n a journal that was not replayed is passed over, and what is behind it looks sound
    run xfs_repair -n "$1" && ! sed "1,${seen}d" "$log" | grep -q 'log which is being ignored' && return 0
    say "$T_check_xfs_log"
    confirm "$1" || return 1
    mkdir -p "$state/replay"
    if run mount -t xfs "$1" "$state/replay"; then
        run umount "$state/replay"
    else
        say "$T_check_xfs_zero"
        confirm "$1" || return 1
        run xfs_repair -L "$1"
    fi
    run xfs_repair "$1"
    run xfs_repair -n "$1"
}

check_btrfs() {
    modprobe -q btrfs
    run btrfs check --readonly "$1" && return 0
    run btrfs filesystem show "$1"
    say "$T_check_btrfs"
    repair "$1" btrfs rescue super-recover -v -y "$1"
    run btrfs check --readonly "$1"
}

check_fat() {
    run fsck.fat -n "$1" && return 0
    repair "$1" fsck.fat -a -w "$1"
    run fsck.fat -n "$1"
}

check_exfat() {
    run fsck.exfat -n "$1" && return 0
    repair "$1" fsck.exfat -y "$1"
    run fsck.exfat -n "$1"
}

check_ntfs() {
    run ntfsfix -n "$1"
    say "$T_check_ntfs"
    repair "$1" ntfsfix -d "$1"
}

check_table() {
    run sgdisk -v "$1"
    run sgdisk -p "$1"
    say "$T_check_table"
    choose "$T_what" "$T_check_table_choices" || return 0
    case $answer in
    1)
        say "$T_check_backup"
        confirm "$1" || return 0
        # sgdisk has read the copy that is sound; writing puts it in both places
        run sgdisk -e "$1"
        run partprobe "$1"
        run sgdisk -v "$1"
        ;;
    2) run_here testdisk "$1" ;;
    esac
}

title
choose_device "$T_choose_device" || { pause; exit 0; }
refuse_mounted "$device" && { pause; exit 0; }
type=$(property "$device" FSTYPE)
if [ -z "$type" ]; then
    if [ "$(property "$device" TYPE)" = disk ] && [ -n "$(property "$device" PTTYPE)" ]; then
        type=table
    else
        say "$T_check_unknown" "$device"
        choose "$T_what" "ext4
xfs
btrfs
vfat
exfat
ntfs
table" || exit 0
        type=$chosen
    fi
fi
case $type in
ext2 | ext3 | ext4) check_ext "$device" ;;
xfs) check_xfs "$device" ;;
btrfs) check_btrfs "$device" ;;
vfat) check_fat "$device" ;;
exfat) check_exfat "$device" ;;
ntfs) check_ntfs "$device" ;;
table) check_table "$device" ;;
crypto_LUKS | BitLocker) say "$T_check_locked" ;;
LVM2_member | linux_raid_member) say "$T_check_member" ;;
*) say "$T_check_no_tool" "$type" ;;
esac
pause
