using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Effects;
using Strata.Testing;

namespace Strata.Images.Tests.Effects;

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
    [InlineData("groups: {a: {id: 1}, b: {id: 1}}", "cannot add group 'b' of capability 'c': id 1 is that of 'a'")]
    [InlineData("groups: {a: {id: 2}}\nusers: {a: {id: 1}}", "cannot add group 'a' of capability 'c': another capability gives it another id")]
    [InlineData("groups: {web: {id: 2}}\nusers: {a: {id: 1, group: wbe}}", "its group 'wbe' is declared by no capability (did you mean 'web'?)")]
    [InlineData("users: {www: {id: 1}}\ndirectories: {/d: {owner: ww}}", "cannot give /d to 'ww': no capability declares that user (did you mean 'www'?)")]
    [InlineData("users: {user: {id: 1}}\ngroups: {video: {id: 44, members: [usr]}}", "cannot add 'usr' to group 'video': no capability declares that user (did you mean 'user'?)")]
    [InlineData("files: {/etc/passwd: {content: x}}", "cannot keep /etc/passwd of capability 'c': effect 'accounts' writes it")]
    public async Task Apply_Conflict_IsNamed(string capability, string problem)
    {
        using Workbench bench = new();
        bench.Capability("c", capability);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new AccountsEffect(), "c"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_SameNameOtherId_IsAConflictBetweenCapabilities()
    {
        using Workbench bench = new();
        bench.Capability("a", "users: {x: {id: 1}}").Capability("b", "users: {x: {id: 2}}");
        await Assert.ThrowsAsync<StrataException>(() => bench.ApplyAsync(new AccountsEffect(), "a, b"));
    }

    // lines of sysusers.d(5)
    [Theory]
    [InlineData("u daemon 5 \"A daemon\" / -", "user 'daemon'")]
    [InlineData("# comment\ng daemon -", "group 'daemon'")]
    [InlineData("u!\tlocked -", "user 'locked'")]
    [InlineData("u known -\ng known -\nm nobody known\nr - 500-900\n", null)]
    public async Task Apply_SystemUserThatNobodyDeclares_IsAnError(string sysusers, string? missing)
    {
        using Workbench bench = new();
        bench.Package(new DebBuilder("p").File("/usr/lib/sysusers.d/p.conf", sysusers)).Capability("c", "packages: {p: {}}\nusers: {known: {id: 9}}");
        StrataException? e = (StrataException?)await Record.ExceptionAsync(() => bench.ApplyAsync(new AccountsEffect(), "c"));
        Assert.Equal(missing is null ? null : $"cannot leave out {missing}: /usr/lib/sysusers.d/p.conf of package 'p' asks for it, and no capability declares it", e?.Message);
    }
}
