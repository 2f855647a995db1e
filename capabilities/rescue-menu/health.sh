#!/bin/sh
# title.en=Health of a disk (S.M.A.R.T.)
# title.de=Zustand einer Platte (S.M.A.R.T.)
#
# What disks say about their own health.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

title
choose_device "$T_choose_device" 3 disk || { pause; exit 0; }
case $device in
*/nvme*)
    run nvme id-ctrl "$device"
    run nvme smart-log "$device"
    run smartctl -H -A "$device"
    ;;
*) run smartctl -i -H -A -l error "$device" ;;
esac
say "$T_health_read"
if choose "$T_what" "$T_health_choices"; then
    case $answer in
    1) run smartctl -t short "$device" ;;
    2) run smartctl -a "$device" | more ;;
    esac
fi
pause
