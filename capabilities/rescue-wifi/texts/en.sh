# shellcheck shell=sh disable=SC2034
# Texts of the menu's entry for Wi-Fi, English. %s stands for what the program knows. Lines have at most 79 columns.
T_wifi_no_adapter='No Wi-Fi adapter was found. Is it switched off in the firmware settings? USB
adapters can be plugged in now; then come back here.'
T_wifi_firmware='The Wi-Fi adapter wants firmware that is not here:
  %s
Use a cable, another adapter, or USB tethering of a phone.'
T_wifi_hard='%s: a switch or key of the machine has Wi-Fi switched off (often Fn with an
aerial, or the firmware settings). Switch it on and come back here.'
T_wifi_soft='%s was switched off by a setting; it is switched on:'
T_wifi_adapter='Which adapter?'
T_wifi_none='No network is in reach.'
T_wifi_choose='Which network?'
T_wifi_hidden='A network that hides its name'
T_wifi_name='Its name:'
T_wifi_is_open='open'
T_wifi_is_eap='with user names'
T_wifi_is_wep='WEP'
T_wifi_eap='This network wants a user name or a certificate (802.1X): not from this menu.'
T_wifi_wpa3='This network wants WPA3, which does not fit here. Many access points can be set
to WPA2 and WPA3 together.'
T_wifi_wep='WEP protects nothing, and is not spoken here.'
T_wifi_passphrase='Passphrase (not shown; the keyboard layout is letter k in the menu):'
T_wifi_form='A passphrase has 8 to 63 letters, digits and signs of ASCII.'
T_wifi_wait='Connecting ...'
T_wifi_wrong='The network refuses: the passphrase is wrong. Once more, or Enter to leave.'
T_wifi_silent='No connection: too far away, or it lets in only machines that it knows.'
T_wifi_no_dhcp='Connected, but no DHCP server answers; set an address by hand (entry 8).'
T_wifi_connected='Connected. The address is %s.'
