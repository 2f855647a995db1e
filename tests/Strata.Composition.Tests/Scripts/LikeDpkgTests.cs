using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;

namespace Strata.Composition.Tests.Scripts;

/// <summary>What comparing with dpkg showed (docs/packages-judged.md): each a kind of line that scripts have.</summary>
public class LikeDpkgTests
{
    [Theory]
    [InlineData("x=$(echo 'a  = ( \"html\" )' | sed -E 's/[ \\t]+/ /g')\n[ \"$x\" = 'a = ( \"html\" )' ]\ntouch /etc/yes",
        "/etc/yes 0644 0:0")]
    [InlineData("printf '### a\\nb\\n' | sed '/^###/d' > /etc/b", "/etc/b 0644 0:0 b")]
    [InlineData("alias strip=\"sed -e 's/^x//'\"\necho xy | strip > /etc/y", "/etc/y 0644 0:0 y")]
    [InlineData("helper made x", "/etc/made 0644 0:0 x")]
    [InlineData("f() { echo $#; }\nset --\nf \"$@\" > /etc/n", "/etc/n 0644 0:0 0")]
    [InlineData("/etc/init.d/own restart", null)]
    [InlineData("if systemctl >/dev/null 2>&1; then touch /etc/runs; fi", null)]
    [InlineData("if [ -x \"$(which invoke-rc.d)\" ]; then touch /etc/has; fi", "/etc/has 0644 0:0")]
    [InlineData("update-alternatives --install /etc/m m /etc/own 300\nupdate-alternatives --query m | grep -q 'Value: /etc/own'", null)]
    [InlineData("chgrp tty /etc/logrotate.d/p\nchmod 0600 /etc/logrotate.d/p", null)]
    [InlineData("[ -e /etc/own ] && rm /etc/own\n[ ! -e /etc/own ]", "/etc/own gone")]
    public void Install_Line_DoesWhatDpkgSees(string script, string? change)
    {
        Installation image = new Installation().File("/etc/own").File("/etc/init.d/own", "#!/bin/sh\nfrobnicate\n")
            .File("/usr/bin/helper", "#!/bin/sh -e\nset -e\ntrap 'rm -f /etc/t' EXIT\ntouch /etc/t\necho \"$2\" > /etc/$1\nexit 0\n",
                "other", 0b111_101_101);
        ScriptAccounts accounts = new();
        accounts.AddGroup("tty", 5);
        string[] changed = image.Run("#!/bin/sh\nset -e\n" + script, accounts: accounts);
        Assert.Null(image.Problem);
        Assert.Equal(change is null ? [] : [change], changed);
    }

    [Fact]
    public void Install_ProgramThatIsNoScript_IsNamed()
    {
        Installation image = new Installation().File("/usr/bin/helper", "\u007fELF", "other", 0b111_101_101);
        image.RunStrictly("helper");
        Assert.Equal("3: what 'helper' does is declared nowhere", image.Problem);
    }

    [Fact]
    public void Install_ProgramWithLineThatIsNotKnown_IsNamedWithItsPlace()
    {
        Installation image = new Installation().File("/usr/bin/helper", "#!/bin/sh\ntrue\nfrobnicate\n", "other", 0b111_101_101);
        image.RunStrictly("helper");
        Assert.Equal("3: /usr/bin/helper, line 3: what 'frobnicate' does is declared nowhere", image.Problem);
    }

    // login.defs(5) of Debian: HOME_MODE 0700
    [Fact]
    public void Install_UserAdd_GivesAHomeItsModeAndTheSkeleton()
    {
        Installation image = new Installation().Folder("/etc/skel").File("/etc/skel/.profile", "umask 022", "other");
        Assert.Equal(["/var/lib/u/ 0700 u:u", "/var/lib/u/.profile 0644 u:u umask 022"],
            image.RunStrictly("useradd --system --create-home --home-dir /var/lib/u u"));
    }

    [Theory]
    [InlineData("getent passwd u >/dev/null || adduser --system --group --home /var/u --no-create-home u", "/var/u")]
    [InlineData("systemd-sysusers u.conf\ngetent passwd u >/dev/null || adduser --system --group --home /var/u --no-create-home u",
        "/offered")]
    [InlineData("systemd-sysusers other.conf\ngetent passwd u >/dev/null || adduser --system --group --home /var/u --no-create-home u",
        "/var/u")]
    [InlineData("chown u /etc", "/offered")]
    [InlineData("true", "/offered")]
    public void Install_AccountOfSysusers_ComesWhenItIsToldToOrInTheEnd(string script, string home)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/usr/lib/sysusers.d/u.conf"),
            new FileNode { Permissions = Modes.File, Content = InlineContent.FromText("u u - \"User\" /offered\n") }, new Origin("c",
                "p", "whole package"));
        using PackageContentReader contents = new(_ => throw new InvalidOperationException("nothing is in a package here"));
        Installation image = new();
        image.RunStrictly(script, new ScriptAccounts { Offered = SysusersFiles.Read(tree, contents) });
        Assert.Null(image.Problem);
        Assert.Equal(home, image.Result.Accounts!.Users["u"].Home);
    }

    [Fact]
    public void Install_AccountOfEverySystem_IsNotThatOfSysusers()
    {
        ScriptAccounts standard = new();
        standard.Add(new WantedUser("bin", 2, null, "/bin", "/usr/sbin/nologin", "bin"));
        ScriptAccounts accounts = new()
        {
            Standard = standard,
            Offered = [new SysusersLine(["u", "bin", "2"], new TreeEntry(GuestPath.Root, new DirectoryNode { Permissions = 0 },
                new Origin(null, null, "")))],
        };
        Installation image = new();
        image.RunStrictly("true", accounts);
        Assert.Equal("/bin", image.Result.Accounts!.Users["bin"].Home);
    }

    // debconf runs the script that asks when its package is unpacked
    [Fact]
    public void Install_ConfigScript_SeesItsPackage()
    {
        Installation image = new()
        {
            Config = "#!/bin/sh\nset -e\n. /usr/share/debconf/confmodule\nif [ -h /etc/l ]; then db_set p/q found; fi\n",
            Templates = "Template: p/q\nType: string\nDefault: none\n\nTemplate: shared/default-x-display-manager\nType: select\n"
                + "Choices: ${choices}\n",
        };
        image.Link("/etc/l", "/etc/own");
        Assert.Equal(["/etc/answer 0644 0:0 found"],
            image.RunStrictly(". /usr/share/debconf/confmodule\ndb_get p/q\necho \"$RET\" > /etc/answer"));
        Assert.Equal(["/etc/answer 0644 0:0 p"],
            image.RunStrictly(". /usr/share/debconf/confmodule\ndb_get shared/default-x-display-manager\necho \"$RET\" > /etc/answer"));
    }

    [Fact]
    public void AddOwners_NumbersOfEverySystem_AreTheirAccounts()
    {
        ScriptAccounts standard = new();
        standard.Add(new WantedUser("www-data", 33, null, "/var/www", "/usr/sbin/nologin", ""));
        standard.AddGroup("shadow", 42);
        standard.AddGroup("tape", 26);
        ScriptAccounts accounts = new() { Standard = standard };
        accounts.AddGroup("own", 26);
        accounts.AddOwners([Owned(33, 42), Owned(0, 26), Owned(500, 0)]);
        Assert.Equal(["www-data"], accounts.Users.Keys);
        Assert.Equal(["own", "shadow", "www-data"], accounts.Groups.Keys);

        static DirectoryNode Owned(uint user, uint group) => new() { Permissions = Modes.Folder, Uid = user, Gid = group };
    }
}
