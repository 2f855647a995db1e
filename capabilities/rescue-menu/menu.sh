#!/bin/sh
# The first screen. init starts it on every terminal and again when it ends, so there is always one.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh
trap '' INT # Ctrl-C ends the entry that runs, never the menu

entry() { # NUMBER
    case $1 in
    1) echo check ;; 2) echo data ;; 3) echo unlock ;; 4) echo volumes ;; 5) echo mount ;; 6) echo password ;;
    7) echo boot ;; 8) echo network ;; 9) echo ssh ;; 10) echo health ;; 11) echo bundle ;;
    l | L) echo language ;; k | K) echo keyboard ;; w | W) echo windows ;; r | R) echo restart ;; p | P) echo power ;;
    esac
}

# What the first screen says of the machine. It is drawn on two terminals at once, and each program started costs a slow machine as much as all of the
# rest: so the shell reads for itself what it can.
status() {
    status_disks=
    for path in /sys/block/*; do
        [ -e "$path/device" ] || continue # loops, mirrors and the like have no hardware behind them
        case ${path##*/} in sr*) continue ;; esac
        read -r hidden <"$path/hidden" # one of several ways to the same disk
        read -r sectors <"$path/size"
        case $hidden/$sectors in 0/[1-9]*) ;; *) continue ;; esac
        status_disks="$status_disks${status_disks:+, }${path##*/} $(size "$sectors")"
    done
    while read -r key value _; do
        case $key in
        MemTotal:) total=$((value / 1024)) ;;
        MemAvailable:)
            available=$((value / 1024))
            break
            ;;
        esac
    done </proc/meminfo
    # shellcheck disable=SC2046 # the addresses as words
    set -- $(addresses)
    say "$T_status" "${status_disks:-$T_status_no_disk}" "$available / $total MiB" "${*:-$T_status_no_network}"
    case $(dmesg) in
    *'Direct firmware load for '*)
        missing=$(missing_firmware | paste -sd' ' -)
        [ -z "$missing" ] || say "$T_status_firmware" "$missing"
        ;;
    esac
    [ "$available" -ge 32 ] || say "$T_status_memory"
}

size() { # SECTORS of 512 bytes, as lsblk says it: 32M, 465.8G
    tenths=$(($1 * 5)) # of KiB
    for unit in K M G T P; do
        [ "$tenths" -lt 10240 ] && break
        tenths=$(((tenths + 512) / 1024))
    done
    [ $((tenths % 10)) = 0 ] && echo "$((tenths / 10))$unit" || echo "$((tenths / 10)).$((tenths % 10))$unit"
}

draw() {
    printf '\033[2J\033[H'
    head=$T_head
    if [ -e /run/strata/boot.json ]; then # of a medium with layers (docs/formats/boot.md)
        read -r report </run/strata/boot.json
        case $report in *'"kind":"medium"'*) head=$T_head_medium ;; esac
    fi
    # shellcheck source=/dev/null
    say "$head" "$(. /etc/os-release && echo "$PRETTY_NAME")"
    status
    echo
    say '%s' "$T_menu"
    echo
    say '%s' "$T_keys"
    printf '%s ' "$T_prompt"
}

while :; do
    draw
    read -r choice || exit 0
    case $choice in
    '' | 12 | s | S)
        say "$T_shell"
        (
            trap - INT
            ENV=/usr/lib/rescue/shell.sh exec /bin/sh -l
        )
        ;;
    *)
        name=$(entry "$choice")
        if [ -z "$name" ]; then
            continue
        fi
        (
            trap - INT
            exec "/usr/lib/rescue/$name"
        )
        # the language may be another one now
        exec /usr/lib/rescue/menu
        ;;
    esac
done
