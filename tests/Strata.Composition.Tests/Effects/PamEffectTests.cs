using Strata.Composition.Effects;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public class PamEffectTests
{
    private const string Template = "# here are\n$auth_primary\nauth\trequisite\t\t\tpam_deny.so\n# more\n$auth_additional\n# end\n";

    // the form of /usr/share/pam-configs/unix and libpam-sss
    [Theory]
    [InlineData("", "", "auth\t[default=1]\t\t\tpam_permit.so", "")]
    [InlineData("a", "", "auth\t[success=1 default=ignore]\tpam_a.so first", "")]
    [InlineData("ab", "", "auth\t[success=2 default=ignore]\tpam_a.so first\nauth\t[success=1 default=ignore]\tpam_b.so ", "")]
    [InlineData("ba", "c", "auth\t[success=2 default=ignore]\tpam_b.so first\nauth\t[success=1 default=ignore]\tpam_a.so ",
        "auth\toptional\tpam_c.so first\n")]
    public async Task Apply_ProfilesOfPackages_AreInTheirBlocks(string primary, string additional, string expected, string more)
    {
        using Workbench bench = new();
        DebBuilder package = new DebBuilder("p").File("/usr/share/pam/common-auth", Template)
            .File("/usr/share/pam-configs/off", Profile("off", 999, "Primary", "[success=end default=ignore]")
                .Replace("Default: yes", "Default: no", StringComparison.Ordinal));
        for (int i = 0; i < primary.Length; i++)
        {
            string name = primary[i].ToString();
            package.File("/usr/share/pam-configs/" + name, Profile(name, 500 - i, "Primary", "[success=end default=ignore]"));
        }
        foreach (char name in additional)
        {
            package.File("/usr/share/pam-configs/" + name, Profile(name.ToString(), 5, "Additional", "optional"));
        }
        FileTree tree = await bench.Package(package).Capability("c", "packages: {p: {}}").ApplyAsync(new PamEffect(), "c");
        Assert.Equal($"# here are\n{expected}\nauth\trequisite\t\t\tpam_deny.so\n# more\n{more}# end\n",
            bench.Text(tree, "/etc/pam.d/common-auth"));
    }

    private static string Profile(string name, int priority, string type, string control) =>
        $"Name: {name}\nDefault: yes\nPriority: {priority}\nAuth-Type: {type}\nAuth:\n\t{control}\tpam_{name}.so\n"
        + $"Auth-Initial:\n\t{control}\tpam_{name}.so first\n";
}
