#!/bin/sh
# title.en=Sprache/language
# title.de=language/Sprache
#
# Language of the menu.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

choose "$T_what" "en  English
de  Deutsch" || exit 0
echo "${chosen%% *}" >"$state/language"
