using System.Globalization;
using System.Text;

namespace Strata.Advice.Servers;

/// <summary>Writes a proposal as <c>edition.yaml</c>: what is proposed as YAML, what is left out and what to know as comments.</summary>
/// <remarks>
/// Names of packages, units and users were checked when they were read; everything else that came from the system is a comment.
/// </remarks>
internal static class ServerBlueprint
{
    private const int Width = 110;
    private const int MostNames = 60; // of one reason in the comments; --json has all

    /// <summary>Writes it.</summary>
    public static string Write(ServerSuggestion suggestion, DebianServer server, IReadOnlyList<ServerUser> users)
    {
        StringBuilder text = new();
        bool isCloud = server.Packages.Any(p => p.Name.StartsWith("linux-image-cloud-", StringComparison.Ordinal));
        string whose = server.Hostname is string host ? " of " + host : "";
        Comment(text, "", $"Proposed by 'strata suggest packages' from {Number(server.Packages.Count)} packages{whose}. A beginning: read "
            + "what is left out, at the end, before you build it.");
        text.Append(CultureInfo.InvariantCulture, $"""
            edition: {suggestion.Edition}
            version: "1"
            description: The services of a Debian server
            kernel: {(isCloud ? "debian-cloud" : "debian")}
            init: systemd

            """);
        if (suggestion.Capabilities.Count > 0)
        {
            text.Append("capabilities:\n");
        }
        foreach (SuggestedCapability capability in suggestion.Capabilities)
        {
            string forWhat = capability.For.Count > 0 ? $"for {string.Join(", ", capability.For)}: " : "";
            text.Append(CultureInfo.InvariantCulture, $"  - {capability.Name} # {Shown(forWhat + capability.Because)}\n");
        }
        WritePackages(text, suggestion);
        WriteMachine(text, server, users);
        text.Append("""
            command-line: console=tty0 console=ttyS0,115200 quiet panic=10
            run: {memory: 512 MiB}

            """);
        WriteListening(text, suggestion);
        WriteLeftOut(text, suggestion);
        if (suggestion.Notes.Count > 0)
        {
            text.Append("\n# To know:\n");
        }
        foreach (string note in suggestion.Notes)
        {
            Comment(text, "* ", note);
        }
        return text.ToString();
    }

    private static void WritePackages(StringBuilder text, ServerSuggestion suggestion)
    {
        if (suggestion.Packages.Count > 0)
        {
            text.Append("packages: # each with all that apt would install with it\n");
        }
        foreach (SuggestedPackage package in suggestion.Packages)
        {
            string units = package.Units.Count > 0 ? $" # {string.Join(", ", package.Units)}" : "";
            text.Append(CultureInfo.InvariantCulture, $"  {package.Name}: {{whole-with: depends}}{units}\n");
            foreach (string file in package.ChangedFiles)
            {
                text.Append(CultureInfo.InvariantCulture, $"    # changed there: {Shown(file)}\n");
            }
        }
        if (suggestion.Units.Count > 0)
        {
            text.Append("units:\n  enable:\n");
        }
        foreach (string unit in suggestion.Units)
        {
            text.Append(CultureInfo.InvariantCulture, $"    - \"{Escaped(unit)}\"\n");
        }
    }

    private static void WriteMachine(StringBuilder text, DebianServer server, IReadOnlyList<ServerUser> users)
    {
        if (server.Hostname is null && users.Count == 0)
        {
            return;
        }
        text.Append("machine:\n");
        if (server.Hostname is string host)
        {
            text.Append(CultureInfo.InvariantCulture, $"  hostname: \"{host}\"\n");
        }
        if (users.Count > 0)
        {
            text.Append("  users:\n");
        }
        foreach (ServerUser user in users)
        {
            text.Append(CultureInfo.InvariantCulture, $"    \"{user.Name}\":\n      ssh-keys:\n");
            foreach (string key in user.Keys)
            {
                text.Append(CultureInfo.InvariantCulture, $"        - \"{Escaped(key)}\"\n");
            }
        }
    }

    private static void WriteListening(StringBuilder text, ServerSuggestion suggestion)
    {
        ListeningSocket[] reachable = [.. (suggestion.Listening ?? []).Where(s => !s.IsLocal)];
        if (reachable.Length > 0)
        {
            text.Append('\n');
            Comment(text, "", "From outside one reaches there: "
                + string.Join(", ", reachable.Select(s => $"{s.Protocol} {Number(s.Port)}"))
                + ". Compare it with what the image opens; capability 'firewall' closes the rest.");
        }
    }

    private static void WriteLeftOut(StringBuilder text, ServerSuggestion suggestion)
    {
        if (suggestion.LeftOut.Count > 0)
        {
            text.Append("\n# Left out, and why:\n");
        }
        foreach (LeftOut left in suggestion.LeftOut)
        {
            string more = left.What.Count > MostNames ? $", and {Number(left.What.Count - MostNames)} more" : "";
            Comment(text, "* ", $"{left.Kind} {string.Join(", ", left.What.Take(MostNames))}{more}: {left.Why}");
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // between double quotes (YAML 1.2.2, §7.3.1)
    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    // words from the system stay within their comment, whatever they are
    private static void Comment(StringBuilder text, string mark, string sentence)
    {
        StringBuilder line = new("# " + mark);
        int indent = line.Length;
        foreach (string word in Shown(sentence).Split(' '))
        {
            if (line.Length + word.Length + 1 > Width && line.Length > indent)
            {
                text.Append(line.ToString().TrimEnd()).Append('\n');
                line.Clear().Append('#').Append(' ', indent - 1);
            }
            line.Append(word).Append(' ');
        }
        text.Append(line.ToString().TrimEnd()).Append('\n');
    }

    private static string Shown(string words) =>
        string.Concat(words.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' || char.IsSurrogate(c) ? '?' : c));
}
