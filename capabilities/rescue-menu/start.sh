#!/bin/sh
# Before the menu: what the kernel command line asks for (rescue.lang=de, rescue.keys=de), and a place for logs that is memory.
mkdir -p /run/log /run/rescue
dmesg -n 1 # what the kernel says of disks goes to its log, not across the menu; entries show what matters
read -r line </proc/cmdline
for word in $line; do
    case $word in
    rescue.lang=*)
        [ -e "/usr/share/rescue/texts/${word#*=}.sh" ] && echo "${word#*=}" >/run/rescue/language
        ;;
    rescue.keys=*) [ "${word#*=}" = us ] || /usr/lib/rescue/menu.d/k-keyboard "${word#*=}" ;;
    esac
done
exit 0
