using Strata.Composition.Scripts;

namespace Strata.Composition.Tests.Scripts;

public class FreshInstallTests
{
    // the form of dh_installinit, dh_installsystemd and dh_installtmpfiles of debhelper 13.24
    private const string Generated = """
        #!/bin/sh
        set -e
        # Automatically added by dh_installinit/13.24.2
        if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] ; then
        	if [ -x "/etc/init.d/p" ]; then
        		update-rc.d p defaults >/dev/null || exit 1
        	fi
        fi
        # End automatically added section
        # Automatically added by dh_installsystemd/13.24.2
        if [ "$1" = "configure" ] ; then
        	deb-systemd-helper unmask 'p.service' >/dev/null || true
        	if deb-systemd-helper --quiet was-enabled 'p.service'; then
        		deb-systemd-helper enable 'p.service' >/dev/null || true
        	else
        		deb-systemd-helper update-state 'p.service' >/dev/null || true
        	fi
        	if [ -d /run/systemd/system ]; then
        		deb-systemd-invoke start 'p.service' >/dev/null || true
        	fi
        fi
        # End automatically added section
        # Automatically added by dh_installtmpfiles/13.24.2
        if [ "$1" = "configure" ] ; then
        	if [ -x "$(command -v systemd-tmpfiles)" ]; then
        		systemd-tmpfiles ${DPKG_ROOT:+--root="$DPKG_ROOT"} --create p.conf || true
        	fi
        fi
        # End automatically added section
        """;

    // as chrony asks its daemon what its configuration says
    [Theory]
    [InlineData("", "/etc/x 0644 0:0")]
    [InlineData("port 1\nuser me\n", "")]
    public void Install_CommandWhoseOutputIsDeclared_AnswersWithIt(string prints, string expected)
    {
        Installation install = new Installation().Declared("asks", prints);
        Assert.Equal(expected.Length == 0 ? [] : [expected], install.RunStrictly("if ! asks -p | grep -q '^user'; then touch /etc/x; fi"));
        Assert.Null(install.Problem);
    }

    // as bind9 has its key made, and cares for its owner
    [Theory]
    [InlineData("makes-key -a\n[ -s /etc/key ] && chown p /etc/key && chgrp p /etc", "/etc/ 0755 0:p", null)]
    [InlineData("if makes-key; then touch /etc/made; fi", "/etc/made 0644 0:0", null)]
    [InlineData("makes-key\nif grep -q x /etc/key; then touch /etc/x; fi", "", "it depends")]
    [InlineData("makes-key\ncp /etc/key /etc/copy", "", "it copies /etc/key, which every machine makes for itself")]
    [InlineData("makes-key\ncp -r /etc /var/lib/etc", "", "it copies /etc, which every machine makes for itself")]
    [InlineData("makes-key\ncat /etc/key > /etc/copy", "", "what it writes to /etc/copy is known only while it runs")]
    public void Install_CommandThatMakesAKey_LeavesItToTheMachine(string script, string expected, string? problem)
    {
        Installation install = new Installation().Makes("makes-key", "/etc/key");
        string[] changes = install.RunStrictly("adduser --system --group --no-create-home p >/dev/null\n" + script);
        Assert.Equal(expected.Length == 0 ? [] : [expected], changes);
        Assert.Equal(problem is null, install.Problem is null);
        Assert.Contains(problem is null or "it depends" ? "" : problem, install.Problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Install_GeneratedSections_EnableUnitsAndNothingElse()
    {
        Installation image = new();
        Assert.Empty(image.Run(Generated));
        Assert.Null(image.Problem);
        Assert.Equal([("p.service", false)], image.Result.Units);
        Assert.Equal(["dh_installinit", "dh_installsystemd", "dh_installtmpfiles"], image.Result.Scripts[("p", "postinst")].Select(p =>
            p.Name));
    }

    // a section is what it says, not what its mark says
    [Theory]
    [InlineData("deb-systemd-helper unmask 'p.service' >/dev/null || true", "frobnicate /etc", "dh_installsystemd",
        "what 'frobnicate' does is declared nowhere")]
    [InlineData("update-rc.d p defaults >/dev/null || exit 1", "\tupdate-rc.d p defaults >/dev/null || exit 1", "dh_installinit", null)]
    public void Install_SectionWithAnotherBody_IsNotAnswered(string line, string other, string part, string? problem)
    {
        Installation image = new();
        image.Run(Generated.Replace(line, other, StringComparison.Ordinal));
        Assert.Equal(problem, image.Result.Scripts[("p", "postinst")].Single(p => p.Name == part).Problem);
    }

    [Theory]
    [InlineData("case \"$1\" in configure) ;; abort-upgrade|abort-remove) frobnicate ;; *) echo bad >&2; exit 1 ;; esac")]
    [InlineData("if [ -n \"$2\" ] && dpkg --compare-versions \"$2\" lt 1.0; then frobnicate; fi")]
    [InlineData("if dpkg --compare-versions \"$2\" lt-nl 1.0; then frobnicate; fi")]
    [InlineData("if dpkg --compare-versions -- \"$2\" gt 1.0; then frobnicate; fi")]
    [InlineData(". /usr/share/debconf/confmodule\ndb_stop")]
    [InlineData("dpkg-maintscript-helper rm_conffile /etc/x 1.0~ -- \"$@\"")]
    [InlineData("if [ -d /run/systemd/system ]; then frobnicate; fi")]
    [InlineData("if command -v frobnicate >/dev/null; then frobnicate; fi")]
    [InlineData("for i in a b; do :; done\nwhile false; do frobnicate; done\nf() { return 0; frobnicate; }\nf")]
    [InlineData("grep -q x /proc/cpuinfo || (echo no; exit 1)")]
    [InlineData("x=$(hostname)\nif [ \"$x\" = me ]; then echo yes; else echo no; fi")]
    [InlineData("invoke-rc.d p restart || exit $?\nchown root:root /etc || true\nrm -f /etc/none")]
    public void Install_WhatMeansNothing_ChangesNothing(string script)
    {
        Installation image = new Installation();
        Assert.Empty(image.RunStrictly(script).Where(l => l != "/etc/ 0755 root:root"));
        Assert.Null(image.Problem);
    }

    [Theory]
    [InlineData("frobnicate", "3: what 'frobnicate' does is declared nowhere")]
    [InlineData("true\n\nif dpkg --compare-versions \"$2\" lt 1.0; then\nfrobnicate; fi", "6: what 'frobnicate' does is declared nowhere")]
    [InlineData("if [ \"$(hostname)\" = me ]; then touch /etc/me; fi", "3: what it does depends on the machine that it runs on")]
    [InlineData("if hostname; then touch /nowhere/x; fi", "3: it may end in a failure here")]
    [InlineData("hostname > /etc/x", "3: what it writes to /etc/x is known only while it runs")]
    [InlineData("chown $(hostname) /etc", "3: an argument of 'chown' is known only while it runs")]
    [InlineData("rm -rf /usr/bin/a", "3: it removes /usr/bin/a, which another package or a capability brings")]
    [InlineData("false\ntrue", "3: it ends in a failure here")]
    [InlineData("exit 3", "3: it ends in a failure here")]
    [InlineData("(sleep 1; frobnicate) &", "3: what 'frobnicate' does is declared nowhere")]
    [InlineData("find /usr -name a -delete", "3: it removes /usr/bin/a, which another package or a capability brings")]
    [InlineData("sed -ie s/a/b/ /etc/own", "3: 'sed -i' with an ending keeps the file as it was under another name")]
    [InlineData("find /etc '(' -name a", "3: 'find' ends too early")]
    [InlineData("find /etc -name a ')'", "3: 'find )' is not known")]
    [InlineData("find /etc -regex 'a+'", "3: 'find -regex a+' is not known")]
    [InlineData("find /etc -printf '%h'", "3: 'find -printf %h' is not known")]
    [InlineData("dpkg-trigger update-something", "3: what 'dpkg-trigger' does is declared nowhere")]
    [InlineData("find /etc -newer /etc/own", "3: 'find -newer' is not known")]
    [InlineData("chmod --reference=/etc /var", "3: 'chmod' in this form is not known")]
    [InlineData("chmod --oops 755 /var", "3: 'chmod --oops' is not known")]
    [InlineData("while true; do :; done", "3: it does not come to an end")]
    [InlineData("f() { f; }\nf", "3: 'f' calls itself too often")]
    [InlineData("chown nobody /etc", "3: user 'nobody' is not there")]
    [InlineData("cat <<E\nx", "4: a here-document has no end 'E'")]
    [InlineData("if true; then", "3: 'fi' is expected")]
    [InlineData("if true; thentouch /etc/x; fi", "3: 'then' is expected")]
    [InlineData("for i in a; doecho; done", "3: 'do' is expected")]
    [InlineData("while false; do :; doneit", "3: 'done' is expected")]
    [InlineData(". /opt/confmodule", "3: it reads /opt/confmodule, which is not in the image")]
    [InlineData("dpkg-divert --package p --rename --divert /usr/bin/a.real /usr/bin/a", "3: it diverts a file of another package")]
    public void Install_WhatIsNotDeclared_IsNamedWithItsLine(string script, string problem)
    {
        Installation image = new Installation().File("/etc/own").File("/usr/bin/a", package: "other");
        Assert.Empty(image.RunStrictly("touch /etc/before\n" + script).Where(l => l.Length > 0));
        Assert.Equal(problem, image.Problem is string found
            ? $"{int.Parse(found.Split(':')[0], null) - 1}:{found[found.IndexOf(':', StringComparison.Ordinal)..][1..]}" : null);
    }

    [Theory]
    [InlineData("mkdir -p /var/lib/p/a\nmkdir -m 1777 /var/lib/p/b", "/var/lib/p/ 0755 0:0|/var/lib/p/a/ 0755 0:0|/var/lib/p/b/ 1777 0:0")]
    [InlineData("install -d -m 0750 -o p -g p /var/lib/p", "/var/lib/p/ 0750 p:p")]
    [InlineData("chown p:p /etc/own\nchmod u=rw,g=r,o= /etc/own", "/etc/own 0640 p:p text")]
    [InlineData("chgrp p /etc/own; chmod g+s /etc/own", "/etc/own 2644 0:p text")]
    [InlineData("dpkg-statoverride --update --add root p 2750 /etc/own", "/etc/own 2750 root:p text")]
    [InlineData("umask 077\necho \"a $1\" > /etc/x\nprintf '%s\\n' b >> /etc/x", "/etc/x 0600 0:0 a configure\nb")]
    [InlineData("v=1\ncat > /etc/x <<EOF\nA=${v}b\nEOF", "/etc/x 0644 0:0 A=1b")]
    [InlineData("cat > /etc/x <<'EOF'\nA=${v}b\nEOF", "/etc/x 0644 0:0 A=${v}b")]
    [InlineData("[ -e /etc/l ] || ln -s own /etc/l", "/etc/l -> own")]
    [InlineData("cp /etc/own /etc/copy && mv /etc/copy /etc/moved", "/etc/moved 0644 0:0 text")]
    [InlineData("t=$(mktemp)\necho x > $t\nmv $t /etc/x", "/etc/x 0600 0:0 x")]
    [InlineData("ucf --three-way /etc/own /etc/x\nucf /etc/own /etc/logrotate.d/p", "/etc/x 0644 0:0 text")]
    [InlineData("grep -q '^t.xt$' /etc/own && ! grep -q other /etc/own && touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("for f in /etc/ow*; do case \"${f##*/}\" in own) touch /etc/x.${f%n} 2>/dev/null || touch /etc/x ;; esac; done",
        "/etc/x 0644 0:0")]
    [InlineData("touch /run/p.pid /tmp/x; mkdir -p /run/p", "")]
    [InlineData("(umask 077; touch /etc/x)\ntouch /etc/y", "/etc/x 0600 0:0|/etc/y 0644 0:0")]
    [InlineData("echo a:b | cut -d: -f2 | while read v; do touch /etc/$v; done", "/etc/b 0644 0:0")]
    [InlineData("find /etc -type f -name 'o*' -exec chown p {} +", "/etc/own 0644 p:0 text")]
    [InlineData("find /etc -maxdepth 1 -type f | xargs -r chgrp p", "/etc/own 0644 0:p text")]
    [InlineData("find /etc -type d -name '*.d' -empty -delete; getent passwd | grep -q ^p: && touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("for f in $(find /etc -mindepth 1 ! '(' -name 'x*' -o -name '*.d' ')' -printf '%f\\n'); do touch /etc/$f.seen; done",
        "/etc/own.seen 0644 0:0")]
    [InlineData("find /etc -name none -exec touch /etc/no ';' -o -type f -exec touch /etc/yes ';'", "/etc/yes 0644 0:0")]
    [InlineData("find /etc -name '*' -o -exec touch /etc/no ';'; touch \"$(find /etc -regex '.*o[a-z]n').re\"", "/etc/own.re 0644 0:0")]
    [InlineData("find /etc -maxdepth 1 -not -type d -a -name 'o*' -print | while read f; do touch $f.it; done", "/etc/own.it 0644 0:0")]
    [InlineData("dpkg-trigger --no-await /usr/share/x; touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("if dpkg-query --list 'grub-efi*' | grep -q '^[ih]i'; then touch /etc/no; else touch /etc/x; fi", "/etc/x 0644 0:0")]
    [InlineData("update-alternatives --install /usr/bin/a own /etc/own 5\n[ -e /usr/bin/a ] && grep -q text /usr/bin/a && touch /etc/x",
        "/etc/x 0644 0:0")]
    [InlineData("update-alternatives --install /usr/bin/own own /etc/none 5\n[ -h /usr/bin/own ] || touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("touch /etc/low; for i in '/etc/own 5' '/etc/low 2'; do update-alternatives --install /etc/l a $i; done; cp /etc/l /etc/x",
        "/etc/low 0644 0:0|/etc/x 0644 0:0 text")]
    [InlineData("db_get p/none && touch /etc/no || touch /etc/yes", "/etc/yes 0644 0:0")]
    [InlineData("ln -sr /etc/own /usr/bin/l; [ \"$(readlink -f /usr/bin/l)\" = /etc/own ] && touch /etc/x",
        "/etc/x 0644 0:0|/usr/bin/l -> ../../etc/own")]
    [InlineData("sed -i -e 's/t\\(.\\)xt/<&\\1>/' -e 's|>|/|g' /etc/own", "/etc/own 0644 0:0 <texte/")]
    [InlineData("[ \"$(stat -c %a:%U /etc/own)\" = 644:root ] && echo $0 | sed 's/.*\\.//' > /etc/x", "/etc/x 0644 0:0 postinst")]
    [InlineData("t() { touch /etc/x; }\ntrap t EXIT\nexit 0", "/etc/x 0644 0:0")]
    [InlineData("mkdir -p /etc/a/b; ln -s b /etc/a/l; cp -a /etc/a /etc/c; rm -r /etc/a",
        "/etc/c/ 0755 0:0|/etc/c/b/ 0755 0:0|/etc/c/l -> b")]
    [InlineData("getent group p | grep -q '^p:[^:]*:42' || touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("[ \"$(ls -A /etc)\" = own ] && ! ls /none && hostname > /var/log/x; touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("dpkg-query -W -f '${Status}' none:amd64 || touch /etc/x", "/etc/x 0644 0:0")]
    [InlineData("set -- one two; shift; eval touch '/etc/$1'", "/etc/two 0644 0:0")]
    public void Install_WhatItDoesToFiles_IsDone(string script, string? changes)
    {
        Installation image = new Installation().File("/etc/own", "text");
        string[] lines = image.RunStrictly("adduser --system --group --no-create-home p >/dev/null\n" + script + "\n");
        Assert.Equal(changes, image.Problem ?? string.Join('|', lines));
    }

    [Fact]
    public void Install_LinksInPaths_AreFollowed()
    {
        Installation image = new Installation().Folder("/usr/lib/p").Link("/var/lib/p", "/usr/lib/p");
        Assert.Equal(["/usr/lib/p/x 0644 0:0"], image.RunStrictly("cd /var/lib/p\ntouch ./x\n[ -e /lib/p/x ]"));
        Assert.Null(image.Problem);
    }

    // path_resolution(7): 40 links are followed, the next one is too many
    [Theory]
    [InlineData(40, "/etc/x 0644 0:0")]
    [InlineData(41, "")]
    public void Install_ManyLinks_AreFollowedAsFarAsLinuxDoes(int links, string changes)
    {
        Installation image = new Installation().File("/etc/0");
        for (int i = 1; i <= links; i++)
        {
            image.Link($"/etc/{i}", $"{i - 1}");
        }
        Assert.Equal(changes, string.Join('|', image.RunStrictly($"[ ! -e /etc/{links} ] || touch /etc/x")));
        Assert.Null(image.Problem);
    }

    [Theory]
    [InlineData("preinst", "")]
    [InlineData("postinst", "/etc/x 0644 0:0")]
    public void Install_BeforeItIsUnpacked_APackageHasNoFiles(string kind, string changes)
    {
        Installation image = new Installation().File("/etc/own");
        Assert.Equal(changes, string.Join('|', image.Run("#!/bin/sh -e\n[ ! -e /etc/own ] || touch /etc/x\n", kind)));
    }

    [Theory]
    [InlineData("", "true", "/etc/x 0644 0:0")]
    [InlineData("", "false", "")]
    [InlineData("#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_set p/ask true", "false", "/etc/x 0644 0:0")]
    [InlineData("#!/bin/sh\ndb_set p/ask $(hostname)", "false", null)]
    [InlineData("#!/bin/sh\nfrobnicate && db_set p/ask true", "false", null)]
    [InlineData("#!/bin/sh\ndb_set p/else true; db_input low p/ask || db_go", "false", "")]
    [InlineData("#!/usr/bin/perl\n", "false", "")]
    public void Install_DebconfAsked_HasTheDefault(string config, string value, string? changes)
    {
        Installation image = new() { Config = config.Length == 0 ? null
            : config, Templates = $"Template: p/ask\nType: boolean\nDefault: {value}\nDescription: Ask?\n" };
        string[] lines = image.RunStrictly(". /usr/share/debconf/confmodule\ndb_get p/ask\n[ \"$RET\" != true ] || touch /etc/x");
        Assert.Equal(changes is null, image.Problem is not null);
        Assert.Equal(changes ?? "", string.Join('|', lines));
    }

    [Fact]
    public void Install_ModuleOfApache_IsEnabledWithWhatItNeeds()
    {
        Installation image = new Installation().Folder("/etc/apache2/mods-enabled")
            .File("/etc/apache2/mods-available/a.load", "# Depends: b\n")
            .File("/etc/apache2/mods-available/a.conf").File("/etc/apache2/mods-available/b.load");
        Assert.Equal(
            ["/etc/apache2/mods-enabled/a.conf -> ../mods-available/a.conf", "/etc/apache2/mods-enabled/a.load -> ../mods-available/a.load",
                "/etc/apache2/mods-enabled/b.load -> ../mods-available/b.load", "/var/lib/apache2/ 0755 0:0",
                    "/var/lib/apache2/module/ 0755 0:0",
                "/var/lib/apache2/module/enabled_by_maint/ 0755 0:0", "/var/lib/apache2/module/enabled_by_maint/a 0644 0:0",
                "/var/lib/apache2/module/enabled_by_maint/b 0644 0:0"],
            image.RunStrictly("a2enmod -q -m a; ! a2enmod c"));
        Assert.Null(image.Problem);
    }

    [Fact]
    public void Install_Alternatives_AreOfferedWithTheirSlaves()
    {
        Installation image = new();
        image.RunStrictly("update-alternatives --quiet --install /usr/bin/e e /usr/bin/p 40 --slave /usr/bin/f f /usr/bin/q");
        Alternative offered = Assert.Single(image.Result.Alternatives);
        Assert.Equal(("e", 40, "p"), (offered.Name, offered.Priority, offered.Package));
        Assert.Equal([("/usr/bin/e", "e", "/usr/bin/p"), ("/usr/bin/f", "f", "/usr/bin/q")], offered.Links);
    }

    [Theory]
    [InlineData("adduser --system --group --home /var/lib/p --gecos 'A p' p", "p::p:/var/lib/p:/usr/sbin/nologin:A p")]
    [InlineData("adduser --system --no-create-home --uid 64055 --ingroup games p", "p:64055:games:/nonexistent:/usr/sbin/nologin:")]
    [InlineData("adduser --system p", "p::nogroup:/nonexistent:/usr/sbin/nologin:")]
    [InlineData("useradd -r -M -d /var/lib/p -s /bin/false p", "p::p:/var/lib/p:/bin/false:")]
    [InlineData("groupadd -r q\nuseradd -r -g q p\nusermod -s /bin/sh p", "p::q:/home/p:/bin/sh:")]
    [InlineData("getent passwd p >/dev/null || adduser --system --group p; getent passwd p >/dev/null",
        "p::p:/nonexistent:/usr/sbin/nologin:")]
    public void Install_UserItAdds_IsWanted(string script, string user)
    {
        ScriptAccounts standard = new();
        standard.AddGroup("games", 60);
        standard.AddGroup("nogroup", 65534);
        Installation image = new();
        image.Run("#!/bin/sh\nset -e\n" + script, accounts: new ScriptAccounts { Standard = standard });
        Assert.Null(image.Problem);
        WantedUser made = Assert.Single(image.Result.Accounts!.Users.Values);
        Assert.Equal(user, $"{made.Name}:{made.Id}:{made.Group ?? made.Name}:{made.Home}:{made.Shell}:{made.Description}");
    }

    [Theory]
    [InlineData("addgroup --system q")]
    [InlineData("adduser --system q")]
    [InlineData("adduser p g")]
    [InlineData("usermod -s /bin/sh p")]
    public void Install_AccountsThatDependOnTheMachine_AreNotAnswered(string command)
    {
        Installation image = new();
        image.RunStrictly($"addgroup --system g\nadduser --system p\nif [ \"$(hostname)\" = me ]; then {command}; fi");
        Assert.Contains("it depends on the machine that it runs on", image.Problem?.Replace("what it does depends", "it depends",
            StringComparison.Ordinal), StringComparison.Ordinal);
    }

    // found by the target 'script' of fuzz/
    [Theory]
    [InlineData("echo ${x#\\")]
    [InlineData("echo $00 ${00:-x}")]
    [InlineData("sed; sed -n; sed -i")]
    [InlineData("case x in [z-a]) ;; esac")]
    public void Install_ScriptOfNoSense_IsAnsweredOrRefused(string script) =>
        Assert.Single(Run(script).Result.Scripts);

    [Fact]
    public void Install_HomeOfSystemUser_IsItsOwn() =>
        Assert.Equal(["/var/lib/p/ 0755 p:p"], new Installation().RunStrictly("adduser --system --group --home /var/lib/p p"));

    private static Installation Run(string script)
    {
        Installation image = new();
        image.Run("#!/bin/sh\n" + script);
        return image;
    }
}
