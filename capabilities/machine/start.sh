#!/bin/sh
# What the machine is to be before its services start: settings of the kernel, file systems, keyboard.
say() {
    echo "machine: $*" >/dev/console
}

for file in /etc/sysctl.d/*.conf; do
    [ -e "$file" ] && sysctl -q -p "$file"
done

mount_one() { # FROM WHERE TYPE OPTIONS
    patience=10 options=,$4,
    case $options in
    *,nofail,*)
        patience=2
        options=${options%%,nofail,*},${options#*,nofail,}
        ;;
    esac
    options=${options#,}
    device=$1
    while :; do
        case $1 in
        LABEL=* | UUID=*) device=$(findfs "$1" 2>/dev/null) ;;
        esac
        case $device in
        /dev/*) [ -b "$device" ] && break ;;
        ?*) break ;; # tmpfs and the like, which are no device
        esac
        if [ "$patience" = 0 ]; then
            case ,$4, in
            *,nofail,*) ;;
            *) say "$2 is not mounted: $1 is missing; the rest goes on" ;;
            esac
            return
        fi
        patience=$((patience - 1))
        sleep 1
    done
    mkdir -p "$2"
    mount -t "$3" -o "${options%,}" "$device" "$2" || say "$2 is not mounted: mount of $1 failed; the rest goes on"
}

if [ -r /etc/fstab ]; then
    while read -r from where type options _; do
        case $from in
        '' | '#'*) ;;
        *) grep -qs " $where " /proc/mounts || mount_one "$from" "$where" "$type" "$options" </dev/null ;;
        esac
    done </etc/fstab
fi

if [ -r /etc/vconsole.conf ]; then
    # shellcheck source=/dev/null
    . /etc/vconsole.conf
    [ -z "$KEYMAP" ] || loadkeys -q "$KEYMAP" || say "keyboard $KEYMAP could not be loaded"
fi
exit 0
