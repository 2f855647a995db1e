#!/bin/sh
# What it means that a service is ready, and the clock that everybody waits by. Stands before the scripts that wait.

# whole seconds since the start of the machine
now() {
    read -r up _ </proc/uptime
    echo "${up%%.*}"
}

is_ready() { # file PATH, port NUMBER
    case $1 in
    file) [ -e "$2" ] ;;
    port) # proc_pid_net(5): the address ends in the port in hexadecimal, 0A is LISTEN
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$2") [0-9A-F]*:0000 0A " ;;
    esac
}

