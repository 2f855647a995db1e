#!/bin/sh
# title.en=Shell (or just press Enter)
# title.de=Shell (oder einfach Enter)
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

say "$T_shell"
ENV=/usr/lib/rescue/shell.sh exec /bin/sh -l
