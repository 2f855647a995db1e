using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.Effects;

public class AccountsEffectTests
{
    [Fact]
    public async Task Apply_AccountsOfAllCapabilities_AreSortedByIdAndHaveNoPassword()
    {
        using Workbench bench = new();
        bench.Capability("a", "users: {www: {id: 33, group: web, home: /srv, shell: /bin/sh, description: The web}, root: {id: 0, home: /root}}\ngroups: {web: {id: 7, members: [www]}}")
            .Capability("b", "groups: {web: {id: 7, members: [root, www]}}\ndirectories: {/srv: {mode: \"0750\", owner: www}}");
        FileTree tree = await bench.ApplyAsync(new AccountsEffect(), "a, b");
        Assert.Equal("root:x:0:0::/root:/usr/sbin/nologin\nwww:x:33:7:The web:/srv:/bin/sh\n", bench.Text(tree, "/etc/passwd"));
        Assert.Equal("root:x:0:\nweb:x:7:www,root\n", bench.Text(tree, "/etc/group"));
        Assert.Equal("root:*:1:0:99999:7:::\nwww:*:1:0:99999:7:::\n", bench.Text(tree, "/etc/shadow"));
        string dump = TreeDump.Of(tree);
        Assert.Contains("/srv/ dir 0750 33:7\n", dump, StringComparison.Ordinal);
        Assert.Contains("/etc/shadow file 0600 ", dump, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("users: {a: {id: 1}, b: {id: 1}}", "cannot add user 'b' with id 1 of capability 'c': name or id is taken by 'a'")]
    [InlineData("groups: {a: {id: 1}, b: {id: 1}}", "c.yaml): id 1 is that of 'a' ('groups: a' of ")]
    [InlineData("groups: {games: {id: 60}}\nusers: {games: {id: 5}}", "cannot add group 'games' with id 5 ('users: games' of ")]
    [InlineData("groups: {games: {id: 60}}\nusers: {games: {id: 5}}",
        "which without a 'group' brings one of its own): it has id 60 already ('groups: games' of ")]
    [InlineData("groups: {web: {id: 2}}\nusers: {a: {id: 1, group: wbe}}",
        "its group 'wbe' is declared by no capability (did you mean 'web'?)")]
    [InlineData("users: {www: {id: 1}}\ndirectories: {/d: {owner: ww}}",
        "c.yaml:4:27: /d is for user 'ww', whom no capability declares (did you mean 'www'?)")]
    [InlineData("groups: {www: {id: 1}}\nfiles: {/f: {content: x, group: ww}}",
        "c.yaml:4:33: /f is for group 'ww', whom no capability declares (did you mean 'www'?)")]
    [InlineData("users: {user: {id: 1}}\ngroups: {video: {id: 44, members: [usr]}}",
        "cannot add 'usr' to group 'video': no capability declares that user (did you mean 'user'?)")]
    [InlineData("files: {/etc/passwd: {content: x}}", "cannot keep /etc/passwd of capability 'c': effect 'accounts' writes it")]
    public async Task Apply_Conflict_IsNamed(string capability, string problem)
    {
        using Workbench bench = new();
        bench.Capability("c", capability);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new AccountsEffect(), "c"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_FilesWithOwners_AreTheirs()
    {
        using Workbench bench = new();
        bench.Write("capabilities/app/run", "#!/bin/sh\n");
        bench.Capability("c", """
            groups: {staff: {id: 50}}
            users: {app: {id: 200, group: staff}}
            directories:
              /var/app: {owner: app, group: "7"}
            files:
              /srv/app: {source: app, owner: app}
              /etc/app.key: {content: secret, mode: "0640", group: staff}
              /etc/number: {content: n, owner: "200"}
              /etc/stranger: {content: s, owner: "1234"}
              /etc/roots: {content: r}
            """);
        FileTree tree = await bench.ApplyAsync(new AccountsEffect(), "c");
        string[] lines = TreeDump.Of(tree).Split('\n');
        string[] expected =
        [
            "/var/app/ dir 0755 200:7", "/srv/app/ dir 0755 200:50", "/srv/app/run file 0644 a8076d3d 200:50", "/srv/ dir 0755",
            "/etc/app.key file 0640 2bb80d53 0:50", "/etc/number file 0644 1b16b1df 200:50",
            "/etc/stranger file 0644 043a7187 1234:0", "/etc/roots file 0644 454349e4",
        ];
        Assert.All(expected, line => Assert.Contains(line, lines));
    }

    [Theory]
    [InlineData("{content: x, owner: a}", "{content: x, owner: a}", null)]
    [InlineData("{content: x, owner: a}", "{content: x}", "two.yaml: /f shall be 0:0 for capability 'two', and is 1:1 for 'one'")]
    [InlineData("{content: x}", "{content: x, owner: a}", "two.yaml:3:33: /f shall be 1:1 for capability 'two', and is 0:0 for 'one'")]
    public async Task Apply_OneFileOfTwoCapabilities_HasOneOwner(string first, string second, string? problem)
    {
        using Workbench bench = new();
        bench.Capability("one", $"users: {{a: {{id: 1}}}}\nfiles: {{/f: {first}}}").Capability("two", $"files: {{/f: {second}}}");
        Exception? e = await Record.ExceptionAsync(() => bench.ApplyAsync(new AccountsEffect(), "one, two"));
        Assert.Equal(problem is null, e is null);
        Assert.Contains(problem ?? "", e?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_UserOfTheGroupOfItsName_HasItsId()
    {
        using Workbench bench = new();
        bench.Capability("c", "groups: {games: {id: 60}}\nusers: {games: {id: 5, group: games}}");
        Assert.StartsWith(
            "games:x:5:60:", bench.Text(await bench.ApplyAsync(new AccountsEffect(), "c"), "/etc/passwd"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_HomeBelowHome_IsMadeAndIsTheUsers()
    {
        using Workbench bench = new();
        bench.Capability("c", """
            groups: {staff: {id: 50}}
            users:
              ann: {id: 1000, home: /home/ann}
              bob: {id: 1001, home: /home/bob, group: staff}
              declared: {id: 1002, home: /home/declared}
              service: {id: 99, home: /var/lib/service}
              deep: {id: 98, home: /home/deep/down}
            directories:
              /home/declared: {mode: "0755"}
            """);
        string dump = TreeDump.Of(await bench.ApplyAsync(new AccountsEffect(), "c"));
        Assert.Contains("/home/ann/ dir 0700 1000:1000\n", dump, StringComparison.Ordinal);
        Assert.Contains("/home/bob/ dir 0700 1001:50\n", dump, StringComparison.Ordinal);
        Assert.Contains("/home/declared/ dir 0755\n", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("/var/lib/service", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("/home/deep", dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_SameNameOtherId_IsAConflictBetweenCapabilities()
    {
        using Workbench bench = new();
        bench.Capability("a", "users: {x: {id: 1}}").Capability("b", "users: {x: {id: 2}}");
        await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new AccountsEffect(), "a, b"));
    }
}
