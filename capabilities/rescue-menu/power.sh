#!/bin/sh
# title.en=poweroff
# title.de=Ausschalten
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

agree "$T_power" && poweroff && sleep 60
