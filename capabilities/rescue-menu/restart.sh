#!/bin/sh
# title.en=restart
# title.de=Neustart
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

agree "$T_restart" && reboot && sleep 60
