using System.Globalization;
using Strata.Core;

namespace Strata.Machines.Containers;

/// <summary>Who a container runs as, in numbers.</summary>
/// <param name="User">The user.</param>
/// <param name="Group">Its group.</param>
/// <param name="MoreGroups">The other groups that it is a member of, ascending.</param>
public sealed record ContainerUser(uint User, uint Group, IReadOnlyList<uint> MoreGroups);

/// <summary>Accounts of an image.</summary>
/// <param name="passwd">Its <c>/etc/passwd</c> (passwd(5)); empty for none.</param>
/// <param name="group">Its <c>/etc/group</c> (group(5)); empty for none.</param>
public sealed class ContainerAccounts(string passwd, string group)
{
    private readonly string[][] _users = Lines(passwd, 7);
    private readonly string[][] _groups = Lines(group, 4);

    /// <summary>Looks up what an image or a test says: nothing, a user, or a user and a group, each by name or number.</summary>
    /// <remarks>image-spec, config.md, "User": without a group it is the user's, and the others that list it count too.</remarks>
    /// <exception cref="StrataException">A name is not there.</exception>
    public ContainerUser Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Length == 0 ? ["0"] : text.Split(':', 2);
        string[]? user = _users.FirstOrDefault(u => u[0] == parts[0]) ?? _users.FirstOrDefault(u => u[2] == parts[0]);
        uint number = Number(user?[2] ?? parts[0], "user", parts[0]);
        if (parts.Length == 2)
        {
            return new ContainerUser(number, Number(_groups.FirstOrDefault(g => g[0] == parts[1])?[2] ?? parts[1], "group", parts[1]), []);
        }
        uint own = user is null ? 0 : Number(user[3], "group", user[3]);
        IEnumerable<string> others = _groups.Where(g => user is not null && g[3].Split(',').Contains(user[0])).Select(g => g[2]);
        return new ContainerUser(number, own, [.. others.Select(g => Number(g, "group", g)).Where(g => g != own).Distinct().Order()]);
    }

    private static uint Number(string text, string kind, string asked) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number <= int.MaxValue
            ? number
            : throw new StrataException(
                $"cannot run a container as {kind} '{asked}': its image has no such {kind}",
                $"Its {kind}s are in /etc/{(kind == "user" ? "passwd" : "group")} of the image; a number needs no line there.");

    private static string[][] Lines(string text, int fields) =>
        [.. text.Split('\n').Select(l => l.TrimEnd('\r').Split(':')).Where(l => l.Length == fields && l[0].Length > 0)];
}
