#!/bin/sh
# Before the menu: what the kernel command line asks for (nano.lang=de, nano.keys=de), and a place for logs that is memory.
mkdir -p /run/log /run/nano
dmesg -n 1 # what the kernel says of disks goes to its log, not across the menu; entries show what matters
read -r line </proc/cmdline
for word in $line; do
    case $word in
    nano.lang=*)
        [ -e "/usr/share/nano/texts/${word#*=}.sh" ] && echo "${word#*=}" >/run/nano/language
        ;;
    nano.keys=*) [ "${word#*=}" = us ] || /usr/lib/nano/keyboard "${word#*=}" ;;
    esac
done
exit 0
