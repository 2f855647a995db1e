#!/bin/sh
# Several windows on one terminal; Ctrl-A C opens another one, Ctrl-A D leaves it running.
# shellcheck source=lib.sh
. /usr/lib/nano/lib.sh

run_here screen -D -R -S nano
