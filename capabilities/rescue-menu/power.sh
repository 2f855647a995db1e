#!/bin/sh
# shellcheck source=lib.sh
. /usr/lib/nano/lib.sh

confirm "$T_power" && poweroff && sleep 60
