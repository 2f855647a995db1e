using System.Text;
using Strata.Core;
using Strata.Editions.Publishing;
using Strata.Editions.Readmes;

namespace Strata.Fuzz.Targets;

/// <summary>What people hand to commands about an edition: a README to build from, the name of an image in a registry.</summary>
internal static class EditionTargets
{
    private static readonly Type[] s_faults = [typeof(StrataException)];

    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfText("readme", ReadReadme, () => [Readme()], typeof(ReadmeReader)) with
        {
            Allowed = s_faults,
            Words = ["### `", "`\n", "` (program)\n", "```\n", "````", "```base64\n", "## What strata brings\n", "../", "/", "\r\n",
                "edition.yaml"],
        },
        FuzzTarget.OfText("image-reference", t => ImageReference.Parse(t), () => ["registry.example.org:5000/team/app:1.0"],
            typeof(ImageReference)) with
        {
            Allowed = s_faults, Words = ["localhost/", ":", "@sha256:", "://", "/", "..", "__"],
        },
    ];

    // whatever was read is a file of its own below the folder
    private static void ReadReadme(string text)
    {
        foreach (ReadmeFile file in ReadmeReader.Read("README.md", text).Files)
        {
            string path = Path.GetFullPath(Path.Combine("/root-of-it", file.Path));
            if (!path.StartsWith("/root-of-it/", StringComparison.Ordinal) || path.Length != "/root-of-it/".Length + file.Path.Length)
            {
                throw new InvalidOperationException($"'{file.Path}' leads elsewhere");
            }
        }
    }

    private static string Readme()
    {
        StringBuilder text = new("# Title 1\n\n## What strata brings\n\n| file | SHA-256 |\n|---|---|\n");
        text.Append("| `capabilities/base.yaml` | `").Append('a', 64).Append("` |\n\n## Files\n\n");
        text.Append("### `edition.yaml`\n\n```yaml\nedition: a\n```\n\n### `files/tool` (program)\n\n```base64\nAAECAw==\n```\n");
        return text.ToString();
    }
}
