using System.Globalization;
using Strata.Blueprints.Names;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Whose a file or directory is, as a capability says it: accounts by name, or by number.</summary>
/// <param name="User"><c>owner</c>: a user that a capability declares, or a number; root when null.</param>
/// <param name="Group"><c>group</c>: a group likewise; the primary group of the user when null.</param>
public sealed record OwnerNames(YamlScalar? User, YamlScalar? Group)
{
    private const int MostId = 65534; // as for accounts that are declared

    /// <summary>
    /// Takes <c>owner</c> and <c>group</c>; null when neither is there. Which accounts there are is known only when all capabilities are.
    /// </summary>
    internal static OwnerNames? Read(MappingReader reader)
    {
        YamlScalar? user = reader.Scalar("owner");
        YamlScalar? group = reader.Scalar("group");
        foreach (YamlScalar name in new[] { user, group }.OfType<YamlScalar>())
        {
            if (TryNumber(name.Text) is null && !NamePatterns.Account().IsMatch(name.Text))
            {
                reader.Faults.Add(name, $"'{name.Text}' is no account; expected its name, or a number from 0 to {MostId}");
            }
        }
        return user is null && group is null ? null : new OwnerNames(user, group);
    }

    /// <summary>The number that a text is; null when it is a name.</summary>
    public static int? TryNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && number <= MostId ? number : null;
}
