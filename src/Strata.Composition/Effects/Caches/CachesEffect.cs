using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects.Caches;

/// <summary>
/// Makes the caches that triggers of packages make, with the very programs that they start: without them a program that asks for its
/// settings ends, and no desktop knows a picture from a text.
/// </summary>
internal sealed class CachesEffect : IEffect
{
    /// <inheritdoc/>
    public string Name => "caches";

    /// <inheritdoc/>
    public string Description => "makes what programs of GLib and desktops need compiled: settings, kinds of files, lists of modules";

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
        GuestArchitecture architecture = context.Blueprint.Edition.Architecture;
        foreach (CacheKind kind in CacheKind.All.Select(k => k.For(architecture)))
        {
            IReadOnlyList<TreeEntry> sources = kind.SourcesIn(context.Tree);
            if (sources.Count > 0 && context.Caches?.Make(kind, architecture, sources, context.Contents) is { } made)
            {
                foreach ((GuestPath path, FileContent content) in made)
                {
                    AddFolders(context, path.Parent);
                    context.Put(this, path, new FileNode { Permissions = Modes.File, Content = content });
                }
            }
        }
    }

    private void AddFolders(EffectContext context, GuestPath folder)
    {
        if (!context.Tree.Contains(folder))
        {
            AddFolders(context, folder.Parent);
            context.Tree.Add(folder, new DirectoryNode { Permissions = Modes.Folder }, EffectContext.OriginOf(this));
        }
    }
}
