using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Formats.Deb;
using Strata.Packages.Deb822;
using Strata.Packages.Licences;
using Strata.Packages.Relations;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Packages.Listings;

/// <summary>Lists packages of the store: one streaming pass each, kept in the action cache, several at once.</summary>
/// <param name="store">Holds the packages.</param>
/// <param name="actions">Keeps the listings.</param>
/// <param name="files">Names of package files that no archive has, for messages; none when null.</param>
public sealed class PackageLister(ObjectStore store, ActionCache actions, IReadOnlyDictionary<Sha256Digest, string>? files = null)
{
    private const string Control = "control";
    private const string Templates = "templates";
    private const string Copyright = "copyright/";
    private const int MostCopyrightFiles = 64; // packages have one; a few that were joined have some

    // the kinds that deb-preinst(5) and its neighbours describe; triggers are no programs
    private static readonly string[] s_scripts = ["config", "postinst", "postrm", "preinst", "prerm"];

    /// <summary>Lists all of them.</summary>
    /// <exception cref="StrataException">A package is missing or breaks a rule of its format; it is named.</exception>
    public async Task<IReadOnlyList<ListedPackage>> ListAsync(
        IReadOnlyList<(string Name, string Version, Sha256Digest Digest)> packages, IProgressReporter progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(progress);
        ListedPackage[] listed = new ListedPackage[packages.Count];
        using IProgressTask task = progress.Begin("reading packages", packages.Count);
        await Parallel.ForAsync(0, packages.Count, cancellationToken, async (i, token) =>
        {
            (string name, string version, Sha256Digest digest) = packages[i];
            listed[i] = await ListAsync(name, version, digest, token);
            task.Advance(1);
        });
        return listed;
    }

    private async Task<ListedPackage> ListAsync(string name, string version, Sha256Digest digest, CancellationToken cancellationToken)
    {
        ActionKey key = new ActionKeyBuilder("list-package", PackageListing.FormatVersion)
            .Add("package", digest).Add("kept", ["listing", Control, Templates, Copyright, .. s_scripts]).Build();
        try
        {
            ActionResult result = await actions.GetOrAddAsync(key, token => MakeAsync(digest, token), cancellationToken: cancellationToken);
            using FileStream kept = store.OpenRead(result["listing"].Digest);
            PackageListing listing = PackageListing.Read(kept);
            Dictionary<string, string> scripts = new(StringComparer.Ordinal);
            foreach (ActionOutput output in result.Outputs.Where(o => s_scripts.Contains(o.Name)))
            {
                using FileStream script = store.OpenRead(output.Digest);
                using StreamReader reader = new(script, Encoding.UTF8);
                scripts.Add(output.Name, await reader.ReadToEndAsync(cancellationToken));
            }
            string? templates = null;
            if (result.Outputs.FirstOrDefault(o => o.Name == Templates) is ActionOutput asked)
            {
                using StreamReader reader = new(store.OpenRead(asked.Digest), Encoding.UTF8);
                templates = await reader.ReadToEndAsync(cancellationToken);
            }
            using FileStream control = store.OpenRead(result[Control].Digest);
            Deb822Reader fields = new(control, "control file");
            fields.Read();
            return new ListedPackage(name, version, digest, listing, scripts)
            {
                Templates = templates,
                Architecture = Line(fields, "Architecture"u8),
                Source = Line(fields, "Source"u8),
                Depends =
                [
                    .. RelationParser.Parse(fields.Text("Pre-Depends"u8) ?? "", "Pre-Depends"),
                    .. RelationParser.Parse(fields.Text("Depends"u8) ?? "", "Depends"),
                ],
                Provides = RelationParser.ParseSimple(fields.Text("Provides"u8) ?? "", "Provides"),
            };
        }
        catch (ImageFormatException e)
        {
            throw files?.GetValueOrDefault(digest) is string file
                ? new StrataException(
                    $"cannot use package {name} {version} of {file}: {e.Message}",
                    $"The file is damaged, or breaks the form of packages; 'dpkg-deb --contents {file}' reads it too.", e)
                : new StrataException(
                    $"cannot use package {name} {version}: {e.Message}",
                    "The package passed its digest, so the archive itself delivers it like this.", e);
        }
    }

    // what is to be of one line and has more is nothing that anybody may copy on
    private static string Line(Deb822Reader fields, ReadOnlySpan<byte> name) =>
        fields.Text(name) is { } text && !text.Contains('\n', StringComparison.Ordinal) ? text : "";

    private async Task<ActionResult> MakeAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        using FileStream deb = store.OpenRead(digest);
        DebPackage control = DebReader.Read(deb);
        deb.Position = 0;
        SortedDictionary<string, MemoryStream> copyright = new(StringComparer.Ordinal);
        PackageListing listing = PackageListing.FromPackage(deb, keep: KeepCopyright, cancellationToken: cancellationToken);
        using MemoryStream bytes = new();
        listing.Write(bytes);
        List<ActionOutput> outputs =
        [
            await KeepAsync("listing", bytes.ToArray()), await KeepAsync(Control, Encoding.UTF8.GetBytes(control.Control)),
        ];
        foreach (string script in s_scripts.Append(Templates))
        {
            if (control.Files.TryGetValue(script, out ReadOnlyMemory<byte> text))
            {
                outputs.Add(await KeepAsync(script, text));
            }
        }
        // by their digests, which the listing has: nobody has to go through the package again for them
        foreach ((string name, MemoryStream text) in copyright)
        {
            outputs.Add(await KeepAsync(Copyright + name, text.ToArray()));
        }
        return new ActionResult(outputs);

        Stream? KeepCopyright(GuestPath path, long size) =>
            CopyrightFile.PackageOf(path) is string name && size is > 0 and <= CopyrightFile.MaxBytes
                && copyright.Count < MostCopyrightFiles
                ? copyright[name] = new MemoryStream() : null;

        Task<ActionOutput> KeepAsync(string name, ReadOnlyMemory<byte> content) =>
            Task.FromResult(new ActionOutput(name, store.AddBytes(content.Span), content.Length));
    }
}
