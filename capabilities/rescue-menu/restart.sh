#!/bin/sh
# shellcheck source=lib.sh
. /usr/lib/nano/lib.sh

confirm "$T_restart" && reboot && sleep 60
