# shellcheck shell=sh disable=SC2034
# Texte des Menüpunkts für WLAN, deutsch. %s steht für das, was das Programm weiß. Zeilen haben höchstens 79 Spalten.
T_wifi_no_adapter='Kein WLAN-Adapter gefunden. Ist er in der Firmware ausgeschaltet? USB-Adapter
können jetzt eingesteckt werden; dann hierher zurück.'
T_wifi_firmware='Der WLAN-Adapter will Firmware, die hier fehlt:
  %s
Kabel, anderer Adapter oder USB-Tethering eines Telefons tun es auch.'
T_wifi_hard='%s: ein Schalter oder eine Taste des Rechners hat WLAN ausgeschaltet (oft Fn
mit einer Antenne, oder die Firmware). Einschalten, dann hierher zurück.'
T_wifi_soft='%s war durch eine Einstellung ausgeschaltet und wird eingeschaltet:'
T_wifi_adapter='Welcher Adapter?'
T_wifi_none='Kein Netz ist in Reichweite.'
T_wifi_choose='Welches Netz?'
T_wifi_hidden='Ein Netz, das seinen Namen verbirgt'
T_wifi_name='Sein Name:'
T_wifi_is_open='offen'
T_wifi_is_eap='mit Benutzernamen'
T_wifi_is_wep='WEP'
T_wifi_eap='Dieses Netz will Namen oder Zertifikat (802.1X): das kann das Menü nicht.'
T_wifi_wpa3='Dieses Netz will WPA3, das hier nicht hineinpasst. Viele Zugangspunkte lassen
sich auf WPA2 und WPA3 zugleich einstellen.'
T_wifi_wep='WEP schützt nichts und wird hier nicht gesprochen.'
T_wifi_passphrase='Passphrase (unsichtbar; die Tastatur ist Buchstabe k im Menü):'
T_wifi_form='Eine Passphrase hat 8 bis 63 Buchstaben, Ziffern und Zeichen aus ASCII.'
T_wifi_wait='Verbinde ...'
T_wifi_wrong='Das Netz lehnt ab: die Passphrase ist falsch. Noch einmal, oder Enter.'
T_wifi_silent='Keine Verbindung: zu weit weg, oder es lässt nur bekannte Rechner hinein.'
T_wifi_no_dhcp='Verbunden, aber kein DHCP-Server antwortet; Adresse von Hand (Punkt 8).'
T_wifi_connected='Verbunden. Die Adresse ist %s.'
