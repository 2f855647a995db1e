#!/bin/sh
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

agree "$T_restart" && reboot && sleep 60
