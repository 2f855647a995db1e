using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Joins the certificates of <c>/usr/share/ca-certificates</c> into <c>/etc/ssl/certs/ca-certificates.crt</c>, as update-ca-certificates does, and drops the single files.</summary>
internal sealed class CaBundleEffect : IEffect
{
    private static readonly GuestPath s_source = GuestPath.Parse("/usr/share/ca-certificates");
    private static readonly GuestPath s_bundle = GuestPath.Parse("/etc/ssl/certs/ca-certificates.crt");

    /// <inheritdoc/>
    public string Name => "ca-bundle";

    /// <inheritdoc/>
    public string Description => "one file with all certificate authorities";

    /// <inheritdoc/>
    public bool IsAlwaysOn => false;

    /// <inheritdoc/>
    public bool IsOfTheSystem => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        StringBuilder bundle = new();
        Origin? origin = null;
        SortedDictionary<GuestPath, string> certificates = [];
        foreach (TreeEntry entry in context.Tree.InContentOrder()) // reading order is archive order; the bundle is sorted by name
        {
            if (entry.Path.IsAtOrBelow(s_source) && entry.Node is FileNode file && entry.Path.Name.EndsWith(".crt", StringComparison.Ordinal))
            {
                certificates.Add(entry.Path, context.ReadText(file.Content));
                origin = entry.Origin;
            }
        }
        if (certificates.Count == 0)
        {
            throw new StrataException($"cannot make the CA bundle: no certificates below {s_source} ({context.Use?.Place})", "Take files of package 'ca-certificates' in the same capability.");
        }
        foreach ((GuestPath path, string text) in certificates)
        {
            if (!text.StartsWith("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            {
                throw new StrataException($"cannot make the CA bundle: {path} is no PEM certificate");
            }
            bundle.Append(text);
            if (!text.EndsWith('\n'))
            {
                bundle.Append('\n');
            }
        }
        context.Tree.Remove(s_source);
        FileNode node = new() { Permissions = Modes.File, Content = InlineContent.FromText(bundle.ToString()) };
        context.Tree.Replace(s_bundle, node, origin! with { Reason = EffectContext.OriginOf(this).Reason }); // still their package's
    }
}
