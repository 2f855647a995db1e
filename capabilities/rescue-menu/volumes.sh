#!/bin/sh
# title.en=Assemble RAID and LVM
# title.de=RAID und LVM zusammensetzen
#
# RAID and LVM: shows what is there, assembles it when told to, read-only unless something is to be changed.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

title
run mdadm --examine --scan -v
run lvm pvs
run lvm lvs -a -o +devices
choose "$T_what" "$T_volumes_choices" || exit 0
case $answer in
1)
    run mdadm --assemble --scan --run --readonly
    groups=$(lvm vgs --noheadings -o vg_name 2>/dev/null | awk '{ printf "%s\"%s\"", (NR > 1 ? ", " : ""), $1 }')
    if [ -n "$groups" ]; then
        run lvm vgchange -ay --activationmode partial --config "activation { read_only_volume_list = [ $groups ] }"
    fi
    ;;
2)
    confirm "$T_volumes_all" || { pause; exit 0; }
    run mdadm --assemble --scan --run
    run lvm vgchange -ay --activationmode degraded
    ;;
3)
    run lvm vgchange -an
    run mdadm --stop --scan
    ;;
esac
run cat /proc/mdstat
run lsblk -pe 1,7 -o NAME,SIZE,TYPE,FSTYPE,LABEL,RO
pause
