#!/bin/sh
# The first screen. init starts it on every terminal and again when it ends, so there is always one.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh
menu=/usr/lib/rescue/menu.d
trap '' INT # Ctrl-C ends the entry that runs, never the menu

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

# Numbers in two columns, letters below. What is no entry is told: nobody would look for it otherwise.
entries() {
    letters='' width=0 told='' before=''
    set --
    for file in "$menu"/*; do
        if read_entry "$file"; then
            [ "$entry_key" != "$before" ] || entry_fault=$T_entry_taken
        fi
        if [ -n "$entry_fault" ]; then
            told="$told$(say "$T_entry_left_out" "${file##*/}" "$entry_fault")
"
            continue
        fi
        before=$entry_key
        case $entry_key in
        [a-z])
            width=$((width + ${#entry_title} + 4))
            [ "$width" -le 79 ] || {
                width=$((${#entry_title} + 4))
                letters="$letters
"
            }
            letters="$letters  $entry_key $entry_title"
            ;;
        ?) set -- "$@" "  $entry_key  $entry_title" ;;
        *) set -- "$@" " $entry_key  $entry_title" ;;
        esac
    done
    rows=$((($# + 1) / 2))
    row=0
    while [ $row -lt $rows ]; do
        row=$((row + 1))
        left='' right=''
        eval "left=\${$row} right=\${$((row + rows)):-}"
        printf '%s%*s%s\n' "$left" $((39 - ${#left})) '' "$right"
    done
    echo
    say '%s' "$letters"
    printf '%s' "$told"
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
    entries
    printf '%s ' "$T_prompt"
}

# Sets 'entry' to the one that has a number or letter.
find_entry() { # WHAT WAS TYPED
    case $1 in
    '') find_key=12 ;; # the shell
    [1-9]) find_key=0$1 ;;
    [A-Z]) find_key=$(echo "$1" | tr '[:upper:]' '[:lower:]') ;;
    [a-z] | [0-9][0-9]) find_key=$1 ;;
    *) return 1 ;;
    esac
    for entry in "$menu/$find_key"-*; do
        read_entry "$entry" && return 0
    done
    return 1
}

while draw; do
    read -r choice || exit 0
    find_entry "$choice" && break
done
(
    trap - INT
    exec "$entry"
)
exec /usr/lib/rescue/menu # the language may be another one now
