#!/bin/sh
# The session of the user: labwc, which starts what /etc/xdg/labwc/autostart names, or ~/.config/labwc/autostart.
export HOME=/home/user USER=user SHELL=/bin/sh PATH=/usr/sbin:/usr/bin LANG=C.UTF-8
export XDG_SESSION_TYPE=wayland XDG_CURRENT_DESKTOP=labwc LIBSEAT_BACKEND=seatd
export WLR_RENDERER=pixman      # everything is drawn by the processor
export WLR_XWAYLAND=/bin/false  # labwc insists on a name; programs for X11 are not supported
export WLR_LIBINPUT_NO_DEVICES=1 # a machine without keyboard and mouse still shows something; they may come later
cd "$HOME" || exit 1
exec labwc >"$XDG_RUNTIME_DIR/labwc.log" 2>&1
