using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Manifests;

namespace Strata.Cli.Commands.Contents;

/// <summary>One link of the chain that <c>why</c> prints.</summary>
internal sealed record WhyStep(string Kind, string Name, string Reason);

/// <summary><c>strata why</c>: what brought a file into an image.</summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Argument<string> path = new("path") { Description = "Absolute path in the guest" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("why", "Tell which capability, package and dependency chain brought a file into the image")
        {
            edition, path, json,
        };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await BuiltManifest.OfAsync(result, result.GetValue(edition)!, token);
            return PrintWhy(manifest, result.GetValue(path)!, result.GetValue(json));
        });
        return command.WithExamples("strata why nano /usr/lib/x86_64-linux-gnu/libcrypto.so.3", "strata why nano /etc/passwd --json");
    }

    internal static int PrintWhy(BuildManifest manifest, string path, bool json)
    {
        ManifestEntry entry = manifest.Entries.FirstOrDefault(e => e.Path == path) ?? throw new StrataException(
            $"cannot explain {path}: it is not in {manifest.Edition}{NearMiss.Suggestion(path, manifest.Entries.Select(e => e.Path))}",
            path.StartsWith('/') ? $"'strata tree {manifest.Edition} --json' lists every path." : "Paths in the image begin with '/'.");
        List<WhyStep> chain = [new("path", entry.Path, entry.Reason)];
        if (entry.Package is not null)
        {
            Dictionary<string, ManifestPackage> packages = manifest.Packages.ToDictionary(p => p.Name, StringComparer.Ordinal);
            ManifestPackage? package = packages.GetValueOrDefault(entry.Package);
            for (int i = 0; package is not null && i < 64; i++)
            {
                string how = package.RequiredBy is null
                    ? "named by a capability"
                    : $"{package.RequiredBy} depends on it: {package.Relation}";
                chain.Add(new("package", $"{package.Name} {package.Version}", how));
                package = package.RequiredBy is null ? null : packages.GetValueOrDefault(package.RequiredBy);
            }
        }
        if (entry.Capability is not null)
        {
            Dictionary<string, ManifestCapability> capabilities = manifest.Capabilities.ToDictionary(c => c.Name, StringComparer.Ordinal);
            ManifestCapability? capability = capabilities.GetValueOrDefault(entry.Capability);
            for (int i = 0; capability is not null && i < 64; i++)
            {
                string how = capability.RequiredBy is null
                    ? $"named by edition {manifest.Edition}"
                    : $"required by capability {capability.RequiredBy}";
                chain.Add(new("capability", capability.Name, how));
                capability = capability.RequiredBy is null ? null : capabilities.GetValueOrDefault(capability.RequiredBy);
            }
        }
        if (json)
        {
            Terminal.Json(chain, CliJson.Default.ListWhyStep);
            return 0;
        }
        string indent = "";
        foreach (WhyStep step in chain)
        {
            Terminal.Line($"{indent}{(indent.Length == 0 ? "" : "└─ ")}{step.Kind} {step.Name}: {step.Reason}");
            indent += indent.Length == 0 ? "  " : "   ";
        }
        return 0;
    }
}
