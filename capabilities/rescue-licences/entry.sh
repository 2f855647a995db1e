#!/bin/sh
# title.en=Licences of this system
# title.de=Lizenzen dieses Systems
#
# Under which terms one has what is in here.
# shellcheck source=../rescue-menu/lib.sh
. /usr/lib/rescue/lib.sh
# shellcheck source=texts/en.sh
. "$texts/licences/en.sh"
# shellcheck source=texts/de.sh
[ ! -e "$texts/licences/$language.sh" ] || . "$texts/licences/$language.sh"

title
sed -n 's/^== //p' /usr/share/licences/strata /usr/share/licences/packages | fold -s -w 79
echo
ask "$T_licences_which" || true
run_here licences "$answer"
pause
