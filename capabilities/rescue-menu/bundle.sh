#!/bin/sh
# title.en=Collect a support bundle
# title.de=Paket für den Support sammeln
#
# Collects what somebody who helps wants to see, and hands it out: to a stick or by HTTP POST.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

folder=$state/bundle
file=$state/rescue-bundle.tar.gz

keep() { # NAME COMMAND...: a command that is missing or fails says so in its file
    keep_name=$1
    shift
    printf '#%s\n' "$(quoted "$@")" >"$folder/$keep_name"
    timeout 60 "$@" </dev/null >>"$folder/$keep_name" 2>&1 || echo "=> $?" >>"$folder/$keep_name"
}

pci() { # what lspci would say in numbers, with the driver
    for path in /sys/bus/pci/devices/*; do
        echo "${path##*/} $(cat "$path/class" "$path/vendor" "$path/device" | paste -sd' ' -) $(readlink "$path/driver" | sed 's|.*/||')"
    done
}

collect() {
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r /run/log "$folder/log"
    cp /var/log/*.log "$folder/log" 2>/dev/null
    keep services.txt sh -c 'cd /run/strata/services && grep -s . */state */code */failures'
    keep os-release.txt cat /etc/os-release
    keep kernel.txt dmesg
    keep cmdline.txt cat /proc/cmdline
    keep memory.txt cat /proc/meminfo
    keep processors.txt cat /proc/cpuinfo
    keep modules.txt cat /proc/modules
    keep disks.txt lsblk --properties-by blkid -e 1,7 -o NAME,SIZE,TYPE,FSTYPE,LABEL,UUID,PARTTYPE,MODEL,SERIAL,RO
    keep mounts.txt cat /proc/mounts
    keep raid.txt cat /proc/mdstat
    keep raid-members.txt mdadm --examine --scan -v
    keep volumes.txt lvm lvs -a -o +devices
    keep addresses.txt ip addr
    keep routes.txt ip route
    keep resolver.txt cat /etc/resolv.conf
    pci >"$folder/pci.txt"
    keep dmi.txt grep -s . /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name /sys/class/dmi/id/bios_version
    [ ! -d /sys/firmware/efi ] || keep boot.txt efibootmgr -v
    lsblk -dnpe 1,7,11 -o NAME | while read -r disk; do
        keep "partitions-${disk##*/}.txt" sgdisk -p "$disk"
        keep "health-${disk##*/}.txt" smartctl -a "$disk"
    done
    tar -C "$state" -czf "$file" bundle
}

to_disk() {
    choose_device "$T_bundle_target" 4 vfat exfat ext2 ext3 ext4 ntfs || return 0
    refuse_mounted "$device" && return 0
    confirm "$device" || return 0
    mkdir -p "$state/target"
    run mount -t "$(kernel_type "$(property "$device" FSTYPE)")" "$device" "$state/target" || return 0
    name=rescue-bundle-$(date -u +%Y%m%d-%H%M%S).tar.gz
    if run cp "$file" "$state/target/$name" && sync && cmp -s "$file" "$state/target/$name"; then
        say "$T_bundle_written" "$name" "$device"
    else
        rm -f "$state/target/$name" # no half bundle stays behind
        say "$T_bundle_full" "$(($(wc -c <"$file") / 1024))" "$(df -Pk "$state/target" | awk 'NR == 2 { print $4 }')"
    fi
    run umount "$state/target"
}

title
say "$T_bundle_collecting"
collect
say "$T_bundle_ready" "$file" "$(($(wc -c <"$file") / 1024))"
choose "$T_what" "$T_bundle_choices" || exit 0
case $answer in
1) to_disk ;;
2)
    if ask "$T_bundle_url"; then
        if run curl -sSf --data-binary "@$file" -H 'Content-Type: application/gzip' "$answer"; then say "$T_bundle_sent"; else say "$T_bundle_not_sent"; fi
    fi
    ;;
esac
pause
