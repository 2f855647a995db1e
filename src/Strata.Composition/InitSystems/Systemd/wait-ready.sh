#!/bin/sh
# Waits until a service is ready, and fails when that takes too long or its main process (MAINPID, where the caller says it) has ended.
#   wait-ready file PATH SECONDS
#   wait-ready port NUMBER SECONDS
now() {
    read -r up _ </proc/uptime
    echo "${up%%.*}"
}

is_ready() {
    case $1 in
    file) [ -e "$2" ] ;;
    port) # proc_pid_net(5): the address ends in the port in hexadecimal, 0A is LISTEN
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$2") [0-9A-F]*:0000 0A " ;;
    esac
}

end=$(($(now) + $3))
until is_ready "$1" "$2"; do
    [ -z "$MAINPID" ] || [ -d "/proc/$MAINPID" ] || exit 1
    if [ "$(now)" -ge "$end" ]; then
        echo "strata: not ready after $3 s ($1 $2)" >&2
        exit 1
    fi
    sleep 0.2
done
