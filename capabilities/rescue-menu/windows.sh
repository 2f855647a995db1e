#!/bin/sh
# title.en=windows (screen)
# title.de=Fenster (screen)
#
# Several windows on one terminal; Ctrl-A C opens another one, Ctrl-A D leaves it running.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

run_here screen -D -R -S rescue
