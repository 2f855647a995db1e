#!/bin/sh
# The first screen. init starts it on every terminal and again when it ends, so there is always one.
# shellcheck source=lib.sh
. /usr/lib/nano/lib.sh
trap '' INT # Ctrl-C ends the entry that runs, never the menu

entry() { # NUMBER
    case $1 in
    1) echo check ;; 2) echo data ;; 3) echo unlock ;; 4) echo volumes ;; 5) echo mount ;; 6) echo password ;;
    7) echo boot ;; 8) echo network ;; 9) echo ssh ;; 10) echo health ;; 11) echo bundle ;;
    l | L) echo language ;; k | K) echo keyboard ;; w | W) echo windows ;; r | R) echo restart ;; p | P) echo power ;;
    esac
}

status() {
    status_disks=$(lsblk -dnpe 1,7,11 -o NAME,SIZE 2>/dev/null | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), substr($1, 6), $2 }')
    status_memory=$(awk '/^MemTotal/ { total = $2 } /^MemAvailable/ { print int($2 / 1024) " / " int(total / 1024) " MiB" }' /proc/meminfo)
    say "$T_status" "${status_disks:-$T_status_no_disk}" "$status_memory" "$(addresses | paste -sd' ' - | grep . || say "$T_status_no_network")"
    missing=$(missing_firmware | paste -sd' ' -)
    [ -z "$missing" ] || say "$T_status_firmware" "$missing"
    [ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -ge 32768 ] || say "$T_status_memory"
}

draw() {
    printf '\033[2J\033[H'
    # shellcheck source=/dev/null
    say "$T_head" "$(. /etc/os-release && echo "$PRETTY_NAME")"
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
            ENV=/usr/lib/nano/shell.sh exec /bin/sh -l
        )
        ;;
    *)
        name=$(entry "$choice")
        if [ -z "$name" ]; then
            continue
        fi
        (
            trap - INT
            exec "/usr/lib/nano/$name"
        )
        # the language may be another one now
        exec /usr/lib/nano/menu
        ;;
    esac
done
