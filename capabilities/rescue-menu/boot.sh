#!/bin/sh
# title.en=Boot entries of the firmware
# title.de=Booteinträge der Firmware
#
# The firmware's boot entries: shows them, adds one for a loader that lies on an EFI system partition, chooses the next one.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

esp=$state/esp

add() {
    choose_device "$T_boot_esp" 4 vfat || return 0
    refuse_mounted "$device" && return 0
    disk=$(property "$device" PKNAME)
    number=$(cat "/sys/class/block/${device##*/}/partition" 2>/dev/null)
    if [ -z "$disk" ] || [ -z "$number" ]; then
        say "$T_boot_no_partition" "$device"
        return 0
    fi
    mkdir -p "$esp"
    run mount -t vfat -o ro "$device" "$esp" || return 0
    loaders=$(cd "$esp" && find . -iname '*.efi' | sed 's/^\.//' | sort)
    run umount "$esp"
    if [ -z "$loaders" ]; then
        say "$T_boot_no_loader" "$device"
        return 0
    fi
    choose "$T_boot_loader" "$loaders" || return 0
    loader=$(printf '%s' "$chosen" | sed 's|/|\\|g')
    ask "$T_boot_label" || return 0
    label=$answer
    confirm "$T_boot_firmware" || return 0
    run efibootmgr --create --disk "$disk" --part "$number" --label "$label" --loader "$loader"
}

title
if [ ! -d /sys/firmware/efi ]; then
    say "$T_boot_bios"
    pause
    exit 0
fi
grep -q ' /sys/firmware/efi/efivars ' /proc/mounts || run mount -t efivarfs efivarfs /sys/firmware/efi/efivars
run efibootmgr
choose "$T_what" "$T_boot_choices" || exit 0
case $answer in
1) add ;;
2)
    choose "$T_boot_next" "$(efibootmgr | sed -n 's/^Boot\([0-9A-F]\{4\}\)[* ]/\1/p')" && confirm "$T_boot_firmware" &&
        run efibootmgr --bootnext "${chosen%% *}"
    ;;
esac
pause
