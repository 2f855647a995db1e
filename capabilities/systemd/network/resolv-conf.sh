#!/bin/sh
# Writes resolv.conf(5) from what systemd-networkd found out; started whenever that changes.
mkdir -p /run/strata
{
    while IFS='=' read -r key values; do
        case $key in
        DNS) for server in $values; do echo "nameserver ${server%%#*}"; done ;;
        DOMAINS) [ "$values" ] && echo "search $values" ;;
        esac
    done </run/systemd/netif/state
} >/run/strata/resolv.conf.new && mv /run/strata/resolv.conf.new /run/strata/resolv.conf
