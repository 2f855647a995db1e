#!/bin/sh
# title.en=Licences of this system
# title.de=Lizenzen dieses Systems
#
# Under which terms one has what is in here.
# shellcheck source=../rescue-menu/lib.sh
. /usr/lib/rescue/lib.sh

title
sed -n 's/^== //p' /usr/share/licences/strata /usr/share/licences/packages | fold -s -w 79
echo
case $language in
de) licences_question='Welche? (ein Teil des Namens; Enter: alle)' ;;
*) licences_question='Which? (a part of the name; Enter: all)' ;;
esac
ask "$licences_question" || true
run_here licences "$answer"
pause
