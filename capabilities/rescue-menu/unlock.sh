#!/bin/sh
# title.en=Unlock an encrypted disk
# title.de=Verschlüsselte Platte öffnen
#
# Opens an encrypted disk, read-only unless something is to be changed.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

title
choose_device "$T_choose_device" 4 crypto_LUKS BitLocker || { pause; exit 0; }
name=open-${device##*/}
type=luks
[ "$(property "$device" FSTYPE)" = crypto_LUKS ] || type=bitlk
run cryptsetup "${type}Dump" "$device"
choose "$T_what" "$T_access_choices" || exit 0
mode=--readonly
if [ "$answer" = 2 ]; then
    confirm "$device" || { pause; exit 0; }
    mode=
fi
# shellcheck disable=SC2086 # an empty mode is no word
if run_here cryptsetup open --type "$type" $mode "$device" "$name"; then
    run lsblk -po NAME,SIZE,FSTYPE,LABEL,RO "$device"
    say "$T_unlock_open" "/dev/mapper/$name" "$name"
else
    say "$T_unlock_failed"
fi
pause
