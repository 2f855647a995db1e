#!/bin/sh
# shellcheck source=lib.sh
. /usr/lib/nano/lib.sh

agree "$T_restart" && reboot && sleep 60
