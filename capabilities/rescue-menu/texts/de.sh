# shellcheck shell=sh disable=SC2034,SC2016
# Texte des Menüs, deutsch. %s steht für das, was das Programm weiß. Zeilen haben höchstens 79 Spalten.
T_yes=ja
T_head='%s repariert Rechner. Nichts wird ungefragt verändert.'
T_head_medium='%s. Nichts wird ungefragt verändert. Medium stecken lassen.'
T_status='Platten: %s\nSpeicher frei: %s    Adressen: %s'
T_status_no_disk='keine gefunden (Punkt 10 und 12 helfen, den Grund zu finden)'
T_status_no_network='keine (Punkt 8)'
T_status_firmware='Ein Gerät will Firmware, die hier fehlt: %s'
T_status_memory='Es ist wenig Speicher frei: schließen, was nicht gebraucht wird (Punkt 5).'
T_entry_left_out='%s fehlt im Menü: %s'
T_entry_name='der Name ist weder NN-name noch BUCHSTABE-name.'
T_entry_taken='Nummer oder Buchstabe sind vergeben.'
T_entry_script='das ist kein Skript, das hier laufen kann.'
T_entry_title='unter der ersten Zeile fehlt "# title.en=".'
T_entry_form='ein Titel ist leer, länger als 34 Zeichen oder hat sonderbare.'
T_prompt='Nummer oder Buchstabe, dann Enter:'
T_shell='Eine Shell mit allen Werkzeugen; "exit" führt zurück. Log: /run/log/rescue.log'
T_enter_back='0 oder Enter: zurück'
T_enter_continue='Enter: zurück zum Menü'
T_exit_code='(der Befehl endete mit Code %s)'
T_confirm='Das SCHREIBT auf %s. Weiter mit "%s"; alles andere lässt es:'
T_nothing_done='Nichts wurde verändert.'
T_agree='Weiter mit "%s"; alles andere bleibt hier:'
T_restart='Der Rechner startet neu und vergisst alles im Speicher.'
T_power='Der Rechner schaltet aus und vergisst alles im Speicher.'
T_what='Was?'
T_choose_device='Welches Gerät?'
T_no_disk='Keine Platte gefunden. Steckt sie, hat sie Strom? Steht der Controller in der
Firmware auf RAID (dann AHCI versuchen)? "dmesg | tail" in der Shell sagt mehr.'
T_no_such_device='Keines der Geräte hier passt:'
T_is_mounted='%s ist eingehängt. Erst aushängen (Punkt 5).'
T_check_unknown='%s hat kein erkennbares Dateisystem; der Anfang ist vielleicht
beschädigt. Was war es?'
T_check_backup='Reparieren kann auf einer sterbenden Platte schaden: erst kopieren (Punkt 2).'
T_check_xfs_log='Das Journal kann Änderungen enthalten, die noch fehlen. Richtig ist, sie
den Kernel schreiben zu lassen (ein- und aushängen) und danach zu
reparieren.'
T_check_xfs_zero='Das Journal lässt sich nicht abspielen. Der letzte Weg ist, es
wegzuwerfen (-L): was in den letzten Sekunden geschrieben wurde, kann
verloren sein.'
T_check_btrfs='btrfs hat drei Kopien seines Superblocks; sie lassen sich aus einer
guten erneuern. Hilft das nicht: nur lesend einhängen (Punkt 5), Daten
kopieren ("btrfs restore"), und erst dann in der Shell "btrfs check
--repair" versuchen.'
T_check_ntfs='Linux kann nur die Marke löschen und das Gröbste richten; danach in
Windows "chkdsk /f".'
T_check_table='Die Partitionstabelle. GPT hat eine Kopie am Ende der Platte.'
T_check_table_choices='Beide Kopien aus der guten neu schreiben
TestDisk: verlorene Partitionen suchen
So lassen'
T_check_locked='Es ist verschlüsselt: erst öffnen (Punkt 3), dann den Inhalt prüfen.'
T_check_member='Es ist Teil eines RAID oder LVM: erst zusammensetzen (Punkt 4), dann prüfen.'
T_check_no_tool='Für %s gibt es hier kein Prüfprogramm.'
T_data_advice='Eine sterbende Platte wird stündlich schlechter: erst alles kopieren,
dann an der Kopie arbeiten.'
T_data_choices='Platte oder Partition in eine Datei kopieren (ddrescue)
Platte oder Partition auf eine andere kopieren (ddrescue)
Gelöschte Dateien finden (PhotoRec)
Verlorene Partitionen finden (TestDisk)'
T_data_source='Welches Gerät kopieren?'
T_data_target='Auf welches Dateisystem?'
T_data_disk='Auf welches Gerät? Alles darauf geht verloren.'
T_data_same='Quelle und Ziel sind dieselbe Platte.'
T_data_space='Nur %s MiB sind frei, %s MiB können nötig sein.'
T_data_map='Was nicht lesbar war, steht in %s (im Speicher: anderswohin kopieren).'
T_access_choices='Nur lesend
Schreibbar'
T_unlock_open='Offen als %s. Einhängen mit Punkt 5; "cryptsetup close %s" schließt sie.'
T_unlock_failed='Nicht geöffnet. Falsche Passphrase, andere Tastaturbelegung (Buchstabe
k), oder zu wenig Speicher für die Schlüsselableitung (LUKS2 will oft 1
GiB).'
T_volumes_choices='Alles nur lesend zusammensetzen, auch wenn Platten fehlen
Alles schreibbar zusammensetzen
Wieder auseinandernehmen'
T_volumes_all='alle Verbünde und Volume-Gruppen (ein Neuaufbau kann beginnen)'
T_mount_choices='Alles nur lesend unter /mnt einhängen
Ein Dateisystem schreibbar einhängen
Alles unter /mnt aushängen'
T_mount_nothing='Kein Dateisystem gefunden. Verschlüsselt? Punkt 3. RAID oder LVM? Punkt 4.'
T_mount_failed='%s lässt sich nicht einhängen; der Kernel sagt:'
T_password_choices='Linux
Windows'
T_password_root='Auf welchem Dateisystem liegt das System?'
T_password_user='Wessen Passwort?'
T_password_new='Neues Passwort:'
T_password_again='Noch einmal:'
T_password_differ='Die beiden unterscheiden sich oder sind leer. Nichts wurde verändert.'
T_password_done='Das Passwort von %s ist geändert. Die Datei wie vorher: %s'
T_password_no_shadow='%s hat kein /etc/shadow: kein Linux darauf, oder die Passwörter liegen
anderswo.'
T_password_hibernated='Windows wurde nicht sauber beendet oder schläft: noch einmal starten und
"Neu starten" wählen, oder die Marke mit Punkt 1 löschen und verlieren,
was im Speicher war.'
T_password_no_sam='%s hat kein Windows/System32/config/SAM.'
T_boot_bios='Dieser Rechner wurde auf alte Art gestartet (BIOS), da gibt es keine
Booteinträge: der Bootlader liegt in den ersten Sektoren der Platte.
Entweder den Stick im UEFI-Modus starten, oder das System schreibbar
einhängen (Punkt 5) und den Lader neu schreiben:
  for d in dev proc sys; do mount --bind /$d /mnt/sda2/$d; done
  chroot /mnt/sda2 grub-install /dev/sda'
T_boot_choices='Eintrag für einen Bootlader auf einer EFI-Systempartition anlegen
Wählen, was beim nächsten Mal startet'
T_boot_esp='Welche EFI-Systempartition?'
T_boot_no_partition='%s ist keine Partition einer Platte.'
T_boot_no_loader='%s enthält keinen Bootlader (*.efi).'
T_boot_loader='Welcher Bootlader?'
T_boot_label='Name des Eintrags:'
T_boot_firmware='die Einstellungen der Firmware'
T_boot_next='Was soll beim nächsten Mal starten?'
T_net_link='Kabel steckt'
T_net_no_link='kein Kabel, oder ausgeschaltet'
T_net_no_driver='Es gibt einen WLAN-Adapter, den kein Treiber hier kennt (PCI %s).
Kabel, anderer Adapter oder USB-Tethering eines Telefons tun es auch.'
T_net_no_card='Keine Netzwerkkarte gefunden. Ein Telefon mit USB-Tethering tut es auch.'
T_net_choose='Welche Karte?'
T_net_radio_link='WLAN, verbunden'
T_net_radio_no_link='WLAN, nicht verbunden'
T_net_choices='Adresse per DHCP
Adresse von Hand
Herausfinden, woran es liegt'
T_net_no_dhcp='Kein DHCP-Server antwortet. Kabel prüfen oder Adresse von Hand setzen.'
T_net_no_address='Noch keine Adresse: kein Kabel oder kein DHCP-Server. Von Hand versuchen.'
T_net_no_gateway='Eine Adresse, aber kein Gateway: nur Nachbarn sind erreichbar.'
T_net_gateway_silent='Das Gateway %s antwortet nicht (manche tun das nie).'
T_net_no_dns='Namen lassen sich nicht auflösen; gefragt: %s. Einen anderen Server in
/etc/resolv.conf eintragen, etwa "nameserver 9.9.9.9".'
T_net_no_https='Namen gehen, HTTPS nicht: ein Proxy, ein Portal oder eine falsche Uhr ("date")?'
T_net_address='Adresse mit Präfixlänge, etwa 192.168.1.50/24:'
T_net_gateway='Gateway (leer für keines):'
T_net_dns='Nameserver (leer für keinen):'
T_ssh_choices='root mit einem neuen Zufallspasswort anmelden lassen
Wieder nur Schlüssel zulassen'
T_ssh_off='Passwörter werden wieder abgelehnt.'
T_ssh_no_server='Der Server antwortet noch nicht; einen Moment warten.'
T_ssh_no_network='Dieser Rechner hat noch keine Adresse: siehe Punkt 8. Danach gilt das Passwort.'
T_ssh_login='Vom anderen Rechner:    %s'
T_ssh_password='Passwort:               %s'
T_health_read='"PASSED" allein heißt wenig. Ersetzte, wartende oder unkorrigierbare
Sektoren über 0 oder Medienfehler heißen: jetzt die Daten kopieren
(Punkt 2).'
T_health_choices='Kurzen Selbsttest starten (Minuten; die Platte bleibt benutzbar)
Alles zeigen'
T_bundle_collecting='Sammle Protokolle, Platten, Partitionen, Zustand, Netzwerk ... (Namen
von Platten und Adressen sind darin, Inhalte von Dateien nicht)'
T_bundle_ready='%s, %s KiB'
T_bundle_choices='Auf Stick oder Platte schreiben
Per HTTP POST senden'
T_bundle_target='Auf welches Dateisystem?'
T_bundle_written='%s ist auf %s.'
T_bundle_full='Es passt nicht: das Paket hat %s KiB, frei sind %s KiB. Einen anderen
Stick nehmen.'
T_bundle_url='Adresse (http:// oder https://):'
T_bundle_sent='Gesendet.'
T_bundle_not_sent='Nicht gesendet. Punkt 8 findet heraus, woran es im Netzwerk liegt.'
T_title_keyboard='Tastaturbelegung des Bildschirms'
T_keys_unknown='Es gibt keine Tastaturbelegung "%s".'
T_keys_failed='Die Belegung ließ sich nicht setzen; gibt es einen Bildschirm?'
