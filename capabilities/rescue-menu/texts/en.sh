# shellcheck shell=sh disable=SC2034,SC2016
# Texts of the menu, English. %s stands for what the program knows: a device, a number, a command. Lines have at most 79 columns.
T_yes=yes
T_head='%s repairs machines. All runs in memory; no disk is touched unasked.'
T_head_medium='%s. No disk is touched unasked. The medium must stay in.'
T_status='Disks: %s\nMemory free: %s    Addresses: %s'
T_status_no_disk='none found (entry 10 and 12 help to see why)'
T_status_no_network='none (entry 8)'
T_status_firmware='A device wants firmware that is not here: %s'
T_status_memory='Little memory is left: close what you do not need (entry 5 can unmount).'
T_entry_left_out='%s is not in the menu: %s'
T_entry_name='its name is neither NN-name nor LETTER-name.'
T_entry_taken='its number or letter is taken.'
T_entry_script='it is no script that can run here.'
T_entry_title='it has no line "# title.en=" below the first.'
T_entry_form='a title is empty, longer than 34 signs, or has odd ones.'
T_prompt='Number or letter, then Enter:'
T_shell='A shell with all tools; "exit" comes back. Log: /run/log/rescue.log'
T_enter_back='0 or Enter: back'
T_enter_continue='Enter: back to the menu'
T_exit_code='(the command ended with code %s)'
T_confirm='This WRITES to %s. Type "%s" to go on, anything else to leave it:'
T_nothing_done='Nothing was changed.'
T_agree='Type "%s" to go on, anything else to stay:'
T_restart='The machine restarts and forgets all that is in memory.'
T_power='The machine switches off and forgets all that is in memory.'
T_what='Which?'
T_choose_device='Which device?'
T_no_disk='No disk was found. Is it plugged in, has it power? Is the controller in
RAID mode in the firmware (try AHCI)? "dmesg | tail" in the shell tells
what the kernel saw.'
T_no_such_device='None of the devices here fits:'
T_is_mounted='%s is mounted. Unmount it first (entry 5).'
T_check_unknown='%s has no file system that can be recognised; its start may be damaged.
What was it?'
T_check_backup='Repairing can make things worse on a failing disk: copy it first (entry 2).'
T_check_xfs_log='The journal may hold changes that are not written yet. The right way is
to let the kernel write them (mount and unmount), then to repair.'
T_check_xfs_zero='The journal cannot be replayed. The last way is to throw it away (-L): what was
written in the last seconds before the fault may be lost.'
T_check_btrfs='btrfs keeps three copies of its superblock: they can be put back from a
sound one. If that does not help: mount read-only (entry 5), copy the
data ("btrfs restore"), and only then try "btrfs check --repair" in the
shell.'
T_check_ntfs='Linux can only clear the mark and repair the basics; let Windows run
"chkdsk /f" afterwards.'
T_check_table='The partition table. GPT has a copy at the end of the disk.'
T_check_table_choices='Write both copies anew from the sound one
TestDisk: search for lost partitions
Leave it'
T_check_locked='It is encrypted: unlock it first (entry 3), then check what is inside.'
T_check_member='It is part of a RAID or LVM: assemble that first (entry 4), then check
what is inside.'
T_check_no_tool='There is no tool here that checks %s.'
T_data_advice='A disk that fails gets worse with every hour: copy all of it first, work
on the copy.'
T_data_choices='Copy a disk or partition into a file (ddrescue)
Copy a disk or partition onto another one (ddrescue)
Find deleted files (PhotoRec)
Find lost partitions (TestDisk)'
T_data_source='Copy which device?'
T_data_target='Onto which file system?'
T_data_disk='Onto which device? Everything on it is lost.'
T_data_same='Source and target are the same disk.'
T_data_space='Only %s MiB are free, %s MiB may be needed.'
T_data_map='What could not be read is listed in %s (in memory: copy it elsewhere).'
T_access_choices='Read-only
Writable'
T_unlock_open='Open as %s. Mount it with entry 5; "cryptsetup close %s" closes it.'
T_unlock_failed='Not opened. A wrong passphrase, another keyboard layout (letter k), or
too little memory for the key derivation (LUKS2 often wants 1 GiB).'
T_volumes_choices='Assemble all of it read-only, also with disks missing
Assemble all of it writable
Take it apart again'
T_volumes_all='all arrays and volume groups (arrays may start to rebuild)'
T_mount_choices='Mount everything read-only below /mnt
Mount one file system writable
Unmount everything below /mnt'
T_mount_nothing='No file system to mount was found. Encrypted? Entry 3. RAID or LVM? Entry 4.'
T_mount_failed='%s cannot be mounted; the kernel says:'
T_password_choices='Linux
Windows'
T_password_root='On which file system is the system?'
T_password_user='Whose password?'
T_password_new='New password:'
T_password_again='Again:'
T_password_differ='The two differ, or are empty. Nothing was changed.'
T_password_done='The password of %s is changed. The file as it was: %s'
T_password_no_shadow='%s has no /etc/shadow: no Linux system is on it, or it keeps its
passwords elsewhere.'
T_password_hibernated='Windows did not shut down cleanly or hibernates: start it once more and
choose "Restart", or clear the mark with entry 1 and lose what it had in
memory.'
T_password_no_sam='%s has no Windows/System32/config/SAM.'
T_boot_bios='This machine was started the old way (BIOS), which has no boot entries:
the boot loader lies in the first sectors of the disk. Either start this
stick in UEFI mode, or mount the system writable (entry 5) and reinstall
its loader from inside:
  for d in dev proc sys; do mount --bind /$d /mnt/sda2/$d; done
  chroot /mnt/sda2 grub-install /dev/sda'
T_boot_choices='Add an entry for a loader on an EFI system partition
Choose what starts next time'
T_boot_esp='Which EFI system partition?'
T_boot_no_partition='%s is no partition of a disk.'
T_boot_no_loader='%s holds no boot loader (*.efi).'
T_boot_loader='Which loader?'
T_boot_label='Name of the entry:'
T_boot_firmware='the settings of the firmware'
T_boot_next='Start what next time?'
T_net_link='cable connected'
T_net_no_link='no cable, or switched off'
T_net_no_driver='There is a Wi-Fi adapter that no driver here knows (PCI %s).
Use a cable, another adapter, or USB tethering of a phone.'
T_net_no_card='No network card was found. A phone with USB tethering works as one.'
T_net_choose='Which card?'
T_net_radio_link='Wi-Fi, connected'
T_net_radio_no_link='Wi-Fi, not connected'
T_net_choices='Address by DHCP
Address by hand
Find out what fails'
T_net_no_dhcp='No DHCP server answered. Check the cable, or set an address by hand.'
T_net_no_address='No address yet: no cable, or no DHCP server. Try an address by hand.'
T_net_no_gateway='An address, but no gateway: only neighbours can be reached.'
T_net_gateway_silent='The gateway %s does not answer (some never do).'
T_net_no_dns='Names cannot be resolved; asked: %s. Put another server into
/etc/resolv.conf, such as "nameserver 9.9.9.9".'
T_net_no_https='Names work, but no HTTPS connection: a proxy, a portal, or a wrong clock
("date")?'
T_net_address='Address with prefix length, such as 192.168.1.50/24:'
T_net_gateway='Gateway (empty for none):'
T_net_dns='Name server (empty for none):'
T_ssh_choices='Allow root to log in with a new random password
Allow keys only again'
T_ssh_off='Passwords are refused again.'
T_ssh_no_server='The server does not answer yet; wait a moment.'
T_ssh_no_network='This machine has no address yet: see entry 8. The password works once it
has one.'
T_ssh_login='From another machine:   %s'
T_ssh_password='Password:               %s'
T_health_read='Read: "PASSED" alone means little. Reallocated, pending or uncorrectable
sectors above 0, or media errors, mean: copy the data now (entry 2).'
T_health_choices='Start a short self-test (minutes; the disk stays usable)
Show everything'
T_bundle_collecting='Collecting logs, disks, partitions, health, network ... (names of disks and
addresses are in it, contents of files are not)'
T_bundle_ready='%s, %s KiB'
T_bundle_choices='Write it to a stick or disk
Send it by HTTP POST'
T_bundle_target='Onto which file system?'
T_bundle_written='%s is on %s.'
T_bundle_full='It does not fit: the bundle has %s KiB, %s KiB are free. Try another
stick.'
T_bundle_url='Address (http:// or https://):'
T_bundle_sent='Sent.'
T_bundle_not_sent='Not sent. Entry 8 finds out what fails in the network.'
T_title_keyboard='Keyboard layout of the screen'
T_keys_unknown='There is no keyboard layout "%s".'
T_keys_failed='The layout could not be set; is there a screen?'
