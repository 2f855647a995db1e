#!/bin/sh
# title.en=Get data off a failing disk
# title.de=Daten von defekter Platte retten
#
# Data off a failing disk: copy everything that can be read, or look for files and partitions that are gone.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

copy_to_file() { # SOURCE
    choose_device "$T_data_target" 4 ext2 ext3 ext4 xfs btrfs vfat exfat ntfs || return 0
    target=$device
    if [ "$(property "$target" PKNAME)" = "$1" ] || [ "$target" = "$1" ]; then
        say "$T_data_same"
        return 0
    fi
    refuse_mounted "$target" && return 0
    confirm "$target" || return 0
    mkdir -p "$state/target"
    run mount -t "$(kernel_type "$(property "$target" FSTYPE)")" "$target" "$state/target" || return 0
    name=${1##*/}
    need=$(($(cat "/sys/class/block/$name/size") / 2))
    free=$(df -Pk "$state/target" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$need" ] || say "$T_data_space" "$((free / 1024))" "$((need / 1024))"
    # first everything that reads easily, then the bad places again; the map file lets one go on later
    run_here ddrescue -n "$1" "$state/target/$name.img" "$state/target/$name.map"
    run_here ddrescue -d -r3 "$1" "$state/target/$name.img" "$state/target/$name.map"
    run ls -l "$state/target"
    run umount "$state/target"
}

copy_to_disk() { # SOURCE
    choose_device "$T_data_disk" 3 disk part || return 0
    if [ "$device" = "$1" ]; then
        say "$T_data_same"
        return 0
    fi
    refuse_mounted "$device" && return 0
    confirm "$device" || return 0
    run_here ddrescue -f -n "$1" "$device" "$state/${1##*/}.map"
    run_here ddrescue -f -d -r3 "$1" "$device" "$state/${1##*/}.map"
    say "$T_data_map" "$state/${1##*/}.map"
}

title
say "$T_data_advice"
choose "$T_what" "$T_data_choices" || exit 0
case $answer in
1 | 2)
    action=$answer
    choose_device "$T_data_source" || { pause; exit 0; }
    if [ "$action" = 1 ]; then copy_to_file "$device"; else copy_to_disk "$device"; fi
    ;;
3)
    cd "$state" || exit 1
    run_here photorec
    ;;
4)
    cd "$state" || exit 1
    run_here testdisk
    ;;
esac
pause
