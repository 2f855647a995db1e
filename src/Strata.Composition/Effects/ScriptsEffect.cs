using System.Globalization;
using Strata.Blueprints;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>
/// Does to files what scripts do on a fresh installation: directories, links, modes, owners, and what a script removes of its own package.
/// What a capability brings itself stays as the capability says, and a package of which only a part is taken makes nothing that was not
/// there.
/// </summary>
internal sealed class ScriptsEffect : IEffect
{
    /// <inheritdoc/>
    public string Name => ScriptEffects.Files;

    /// <inheritdoc/>
    public string Description => "directories, links, modes and owners that scripts of packages make";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Scripts.Files.Count == 0)
        {
            return;
        }
        Dictionary<string, string> capabilities = context.Tree.Entries.Where(e => e.Origin is { Package: not null, Capability: not null })
            .GroupBy(e => e.Origin.Package!, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First().Origin.Capability!, StringComparer.Ordinal);
        (IReadOnlyDictionary<string, uint> users, IReadOnlyDictionary<string, uint> groups) = NumbersOf(context);
        foreach ((GuestPath path, ScriptedFile? file) in context.Scripts.Files.OrderBy(f => f.Key))
        {
            if (file is null)
            {
                if (context.Tree.TryGet(path, out TreeEntry gone) && gone.Origin.Package is string package
                    && context.Scripts.WholePackages.Contains(package))
                {
                    context.Tree.Remove(path);
                }
                continue;
            }
            bool isThere = context.Tree.TryGet(path, out TreeEntry there);
            bool isOfCapability = isThere && there.Origin is { Package: null, Capability: not null };
            if (isOfCapability || (!isThere && !context.Scripts.WholePackages.Contains(file.Package)))
            {
                continue;
            }
            uint user = file.User is null ? file.Node.Uid : NumberOf(users, file.User, path);
            uint group = file.Group is null ? file.Node.Gid : NumberOf(groups, file.Group, path);
            Origin origin = isThere ? there.Origin
                : new Origin(capabilities.GetValueOrDefault(file.Package), null, $"script of package {file.Package}");
            context.Tree.Replace(path, Owned(file.Node, user, group), origin);
        }
    }

    private static TreeNode Owned(TreeNode node, uint user, uint group) => node switch
    {
        DirectoryNode => new DirectoryNode { Permissions = node.Permissions, Uid = user, Gid = group },
        SymlinkNode link => new SymlinkNode { Permissions = Modes.Link, Uid = user, Gid = group, Target = link.Target },
        FileNode file => new FileNode { Permissions = node.Permissions, Uid = user, Gid = group, Content = file.Content },
        _ => node,
    };

    private static uint NumberOf(IReadOnlyDictionary<string, uint> accounts, string name, GuestPath path) =>
        uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number
            : accounts.TryGetValue(name, out uint known) ? known
            : throw new StrataException($"cannot give {path} to '{name}': there is no such account");

    // as the accounts effect wrote them
    private static (IReadOnlyDictionary<string, uint> Users, IReadOnlyDictionary<string, uint> Groups) NumbersOf(EffectContext context)
    {
        (IReadOnlyList<UserAccount> users, IReadOnlyList<GroupAccount> groups) = AccountsEffect.AccountsOf(context);
        return (users.ToDictionary(u => u.Name, u => (uint)u.Id, StringComparer.Ordinal), groups.ToDictionary(g => g.Name, g =>
            (uint)g.Id, StringComparer.Ordinal));
    }
}
