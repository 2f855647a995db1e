using System.Globalization;
using System.Text;
using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Measure;
using Strata.Measure.Reports;

namespace Strata.Editions.Readmes;

/// <summary>
/// A README from which a system can be rebuilt: what it is, what was measured, and every file of its blueprint, the lock among them.
/// <see cref="ReadmeReader"/> turns it back (docs/formats/readme.md).
/// </summary>
public static class EditionReadme
{
    /// <summary>Writes the text.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="home">Folder of what strata comes with: its files are named with their digests, and not carried.</param>
    /// <param name="otherLock">The lock of the last build, for a blueprint that has none beside it; null when there was no build.</param>
    /// <param name="measured">The last measurement and its day; null when it was never measured.</param>
    /// <returns>Markdown; the same for the same arguments.</returns>
    /// <exception cref="StrataException">A file of the blueprint is too large for a README, or there are too many.</exception>
    public static string Write(Blueprint blueprint, string home, byte[]? otherLock, (Measurement Numbers, DateOnly Day)? measured)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        (IReadOnlyList<ReadmeFile> files, string root) = BlueprintFiles.Of(blueprint, home);
        Edition edition = blueprint.Edition;
        string folder = Path.GetRelativePath(root, edition.Folder);
        string lockPath = folder == "." ? EditionLock.FileName : $"{folder}/{EditionLock.FileName}";
        if (otherLock is not null && !files.Any(f => f.Path == lockPath))
        {
            files = [.. files, new ReadmeFile(lockPath, otherLock, IsProgram: false)];
        }
        bool isLocked = files.Any(f => f.Path == lockPath);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {Line(edition.Title)} {Line(edition.Version)}\n\n{Line(edition.Description)}\n\n");
        text.Append("> Written by `strata docs`. Everything that this system is built from stands below; change it here or in the files "
            + "it is turned into.\n\n");
        WhatItIs(text, blueprint);
        if (measured is (Measurement numbers, DateOnly day))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"## Numbers\n\nMeasured on {day:yyyy-MM-dd}: image `{numbers.Image}` with SHA-256 `{numbers.Digest}`.\n\n");
            text.Append(MarkdownNumbers.Of(numbers)).Append('\n');
        }
        Rebuild(text, folder, isLocked);
        Shipped(text, blueprint, home);
        text.Append("## Files\n\nEach heading below names a file, the block under it is its content.\n\n");
        string main = folder == "." ? "edition.yaml" : $"{folder}/edition.yaml"; // first, so it is the one that is built
        foreach (ReadmeFile file in files.OrderBy(f => f.Path == main ? 0 : Path.GetFileName(f.Path) != EditionLock.FileName ? 1 : 2))
        {
            ReadmeBlock.Append(text, file);
        }
        return text.ToString();
    }

    private static void WhatItIs(StringBuilder text, Blueprint blueprint)
    {
        Edition edition = blueprint.Edition;
        text.Append("## What it is\n\n| | |\n|---|---|\n");
        Row("Name", edition.Name);
        Row("Architecture", edition.Architecture.Name);
        Row("Kernel", edition.HasKernel ? edition.Kernel.Name : "none: it runs on its host's");
        text.Append("\n| capability | what it brings |\n|---|---|\n");
        foreach (Capability capability in blueprint.Capabilities)
        {
            Row($"`{capability.Name}`", capability.Description);
        }
        text.Append('\n');

        void Row(string name, string value) =>
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Line(value).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
    }

    private static void Rebuild(StringBuilder text, string folder, bool isLocked)
    {
        string edition = folder == "." ? "./my-system" : $"./my-system/{folder}";
        text.Append("## Rebuild it\n\n```sh\nstrata init my-system --from README.md\n");
        text.Append(folder.StartsWith("editions/", StringComparison.Ordinal)
            ? $"cd my-system && strata build {folder["editions/".Length..]}{(isLocked ? " --locked" : "")}\n```\n\n"
            : $"strata build {edition}{(isLocked ? " --locked" : "")}\n```\n\n");
        text.Append(isLocked
            ? "The lock below names every package by version and SHA-256, so the image is the same, byte for byte.\n\n"
            : "There was no lock when this was written: the packages are those of the day on which it is built.\n\n");
    }

    /// <summary>What the README leaves to strata, with digests: whoever turns it back is told when his are others.</summary>
    private static void Shipped(StringBuilder text, Blueprint blueprint, string home)
    {
        IReadOnlyList<(string Path, Sha256Digest Digest)> shipped = ShippedFiles.Of(blueprint, home);
        if (shipped.Count == 0)
        {
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"## What strata brings\n\n| file | SHA-256 |\n|---|---|\n");
        foreach ((string path, Sha256Digest digest) in shipped)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{path}` | `{digest}` |\n");
        }
        text.Append('\n');
    }

    // one line, whatever a blueprint says
    private static string Line(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
