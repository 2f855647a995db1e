using Strata.Core;
using Strata.Core.Trees;
using Strata.Editions.Installing;

namespace Strata.Editions.Tests.Installing;

public class RoomAccountsTests
{
    private static RoomAccounts Of(string passwd, string group)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/etc"), new DirectoryNode { Permissions = Modes.Folder }, new Origin(null, null, ""));
        foreach ((string name, string text) in (ReadOnlySpan<(string, string)>)[("passwd", passwd), ("group", group)])
        {
            tree.Add(GuestPath.Parse("/etc/" + name), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(text) },
                new Origin(null, null, ""));
        }
        return new RoomAccounts(tree);
    }

    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\n";
    private const string Group = "root:x:0:\nadm:x:4:a\n";

    [Fact]
    public void NewSince_OtherAccounts_AreLinesOfACapability()
    {
        RoomAccounts before = Of(Passwd, Group);
        RoomAccounts after = Of(
            Passwd.Replace("/root", "/elsewhere", StringComparison.Ordinal)
                + "www:x:33:7:w:/var/www:/sbin/nologin\nodd:x:34:99:o:/:/bin/sh\nshort:x:1\nbad:x:y:0:b:/:/bin/sh\n",
            "root:x:0:\nadm:x:4:a,b\nwww:x:7:\nkvm:x:8:a\n");
        (string[] users, string[] groups) = after.NewSince(before);
        Assert.Equal(
            ["odd: {id: 34, group: 99, home: /, shell: /bin/sh}", "www: {id: 33, group: www, home: /var/www, shell: /sbin/nologin}"],
                users);
        Assert.Equal(["adm: {id: 4, members: [a, b]}", "kvm: {id: 8, members: [a]}", "www: {id: 7}"], groups);
        Assert.Equal(("www", "33", "33", "kvm"), (after.UserOf(33), after.GroupOf(33), before.UserOf(33), after.GroupOf(8)));
        Assert.Empty(before.NewSince(before).Users);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("a:x:1:1:a:/:/bin/sh\n", "", false)]
    [InlineData("", "a:x:1:\n", false)]
    public void IsLike_MoreAccounts_IsNot(string user, string group, bool isLike) =>
        Assert.Equal(isLike, Of(Passwd, Group).IsLike(Of(Passwd + user, Group + group)));

    [Fact]
    public void IsLike_OtherMembersOrHome_IsNot()
    {
        Assert.False(Of(Passwd, Group).IsLike(Of(Passwd, Group.Replace("4:a", "4:b", StringComparison.Ordinal))));
        Assert.False(Of(Passwd, Group).IsLike(Of(Passwd.Replace("/root", "/x", StringComparison.Ordinal), Group)));
    }
}
