#!/bin/sh
# shellcheck source=lib.sh
. /usr/lib/nano/lib.sh

agree "$T_power" && poweroff && sleep 60
