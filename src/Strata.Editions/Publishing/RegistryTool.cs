using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Editions.Publishing;

/// <summary>What is sent of an index.</summary>
internal enum Contents
{
    /// <summary>It and all that it names.</summary>
    All,

    /// <summary>It alone: what it names is there.</summary>
    IndexAlone,
}

/// <summary>Talks to a registry by way of skopeo, as the person who calls: with their credentials, certificates and proxy.</summary>
/// <param name="tools">The tree that has it.</param>
/// <param name="isPlainHttp">True for a registry without TLS.</param>
internal sealed partial class RegistryTool(ToolTree tools, bool isPlainHttp)
{
    private const string Program = "usr/bin/skopeo";
    private const string Transport = "docker://"; // the distribution-spec, whoever made the registry
    private const string CopyStart = "Copying ";

    // nothing is heard of it while one blob is sent, and that can be large; the tool itself gives up on a connection that stands still
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromHours(1);

    private readonly string _verify = isPlainHttp ? "false" : "true";

    /// <summary>Sends one manifest, or an index and all that it names; blobs that the registry has are not sent again.</summary>
    /// <param name="layout">Folder of an image layout.</param>
    /// <param name="name">What of it.</param>
    /// <param name="target">Repository with a tag or a digest.</param>
    /// <param name="contents">What is sent when it is an index.</param>
    /// <param name="copied">Told of each blob or manifest before it is sent.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StrataException">The registry does not take it.</exception>
    public async Task SendAsync(
        string layout, string name, string target, Contents contents, Action copied, CancellationToken cancellationToken)
    {
        ToolResult sent = await ToolRun.FollowAsync(
            tools.Command(
                Program, "--insecure-policy", "copy", "--multi-arch", contents == Contents.All ? "all" : "index-only", "--preserve-digests",
                "--retry-times", "2", "--dest-tls-verify=" + _verify, $"oci:{layout}:{name}", Transport + target),
            line =>
            {
                if (line.StartsWith(CopyStart, StringComparison.Ordinal))
                {
                    copied();
                }
            },
            s_longestSilence, TimeProvider.System, cancellationToken);
        if (sent.ExitCode != 0)
        {
            throw Failed($"cannot push to {target}", sent);
        }
    }

    /// <summary>The manifest that a tag names; null when there is none.</summary>
    /// <exception cref="StrataException">The registry does not answer.</exception>
    public async Task<byte[]?> ManifestAsync(string target, CancellationToken cancellationToken)
    {
        ToolResult read = await ToolRun.FollowAsync(
            tools.Command(Program, "inspect", "--raw", "--retry-times", "2", "--tls-verify=" + _verify, Transport + target),
            line: null, s_longestSilence, TimeProvider.System, cancellationToken);
        return read.ExitCode == 0 ? System.Text.Encoding.UTF8.GetBytes(read.Output)
            : read.Errors.Contains("manifest unknown", StringComparison.Ordinal)
                || read.Errors.Contains("name unknown", StringComparison.Ordinal) ? null
            : throw Failed($"cannot read {target}", read);
    }

    private static StrataException Failed(string what, ToolResult result)
    {
        string why = WhyOf(result.Errors);
        return new StrataException(
            $"{what}: {why}",
            why.Contains("HTTP response to HTTPS client", StringComparison.Ordinal)
                ? "The registry speaks HTTP: '--plain-http', for a network that nobody else is on."
            : why.Contains("authentication required", StringComparison.Ordinal) || why.Contains("unauthorized", StringComparison.Ordinal)
                || why.Contains("denied", StringComparison.Ordinal)
                ? "Log in first ('podman login', 'docker login' or 'skopeo login'); REGISTRY_AUTH_FILE names another file of credentials."
            : why.Contains("connection refused", StringComparison.Ordinal) || why.Contains("no such host", StringComparison.Ordinal)
                ? "Nobody answers there: look at its name and port."
            : "What was sent already is there; the same command goes on from it.");
    }

    // logfmt: time="..." level=fatal msg="..."
    private static string WhyOf(string errors)
    {
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string last = lines.LastOrDefault(l => l.Contains("level=fatal", StringComparison.Ordinal))
            ?? lines.LastOrDefault() ?? "it said nothing";
        Match message = Message().Match(last);
        return message.Success
            ? message.Groups[1].Value.Replace("\\\"", "'", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)
            : last;
    }

    [GeneratedRegex("msg=\"((?:[^\"\\\\]|\\\\.)*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Message();
}
