using Strata.Blueprints;
using Strata.Composition.Scripts;
using Strata.Core;

namespace Strata.Composition.Tests.Scripts;

public class AccountNumbersTests
{
    [Fact]
    public void Add_NamesWithoutNumbers_HaveTheSameWhateverElseIsThere()
    {
        ScriptAccounts few = Wanted("daemon", "other");
        ScriptAccounts many = Wanted("daemon", "other", "one", "two", "three");
        int[] ids = [.. Numbers(few, "daemon", "other")];
        Assert.Equal(ids, Numbers(many, "daemon", "other"));
        Assert.All(ids, id => Assert.InRange(id, 100, 999));
        // SHA-256 of "daemon" begins with 0x1c8b2f8e? the number is fixed here so that no change of the rule goes unseen
        Assert.Equal(653, ids[0]);
    }

    [Fact]
    public void Add_NumberThatIsTaken_GoesToTheNextThatIsFree()
    {
        int wanted = ExpectedOf("daemon");
        UserAccount declared = new("mine", wanted, "mine", "/", "/bin/sh", "");
        (IReadOnlyList<UserAccount> users, IReadOnlyList<GroupAccount> groups) =
            AccountNumbers.Add([declared], [new GroupAccount("mine", wanted, [])], Wanted("daemon"));
        int given = users.Single(u => u.Name == "daemon").Id;
        Assert.Equal(wanted == 999 ? 100 : wanted + 1, given);
        Assert.Equal(given, groups.Single(g => g.Name == "daemon").Id);
    }

    [Fact]
    public void Add_DeclaredAccount_StaysAndMembersJoin()
    {
        ScriptAccounts wanted = Wanted("daemon");
        wanted.AddGroup("mine", 7);
        wanted.AddMember("mine", "daemon");
        (_, IReadOnlyList<GroupAccount> groups) = AccountNumbers.Add([], [new GroupAccount("mine", 900, ["x"])], wanted);
        Assert.Equal(["x", "daemon"], groups.Single(g => g is { Name: "mine", Id: 900 }).Members);
    }

    [Fact]
    public void Add_FixedNumberOfSomebodyElse_IsAnError()
    {
        ScriptAccounts wanted = new();
        wanted.Add(new WantedUser("www-data", 33, null, "/", "/bin/sh", ""));
        StrataException e = Assert.Throws<StrataException>(() => AccountNumbers.Add([], [new GroupAccount("mine", 33, [])], wanted));
        Assert.Equal("cannot add group 'www-data': a package wants it to be 33, which is that of 'mine'", e.Message);
    }

    private static int ExpectedOf(string name) => 100 + (int)(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))) % 900);

    private static ScriptAccounts Wanted(params string[] names)
    {
        ScriptAccounts wanted = new();
        foreach (string name in names)
        {
            wanted.Add(new WantedUser(name, null, null, "/", "/bin/sh", ""));
        }
        return wanted;
    }

    private static IEnumerable<int> Numbers(ScriptAccounts wanted, params string[] names)
    {
        (IReadOnlyList<UserAccount> users, _) = AccountNumbers.Add([], [], wanted);
        return names.Select(n => users.Single(u => u.Name == n).Id);
    }
}
