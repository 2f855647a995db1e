using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;

namespace Strata.Packages.Tests;

/// <summary>Small archives written down as their control data, with what is needed besides filled in.</summary>
internal static partial class TestIndex
{
    /// <summary>One package a line: <c>name version | Field: value | ...</c>.</summary>
    public static string Text(string lines, string architecture = "amd64")
    {
        StringBuilder text = new();
        foreach (string line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = FieldSeparator().Split(line);
            string[] name = parts[0].Split(' ');
            string version = name.Length > 1 ? name[1] : "1";
            Sha256Digest digest = Sha256Digest.Of(Encoding.UTF8.GetBytes(parts[0]));
            text.Append($"Package: {name[0]}\nVersion: {version}\n");
            if (!line.Contains("Architecture:", StringComparison.Ordinal))
            {
                text.Append($"Architecture: {architecture}\n");
            }
            text.Append($"Filename: pool/main/{name[0][0]}/{name[0]}_{version.Replace(":", "%3a", StringComparison.Ordinal)}_{architecture}.deb\n");
            text.Append($"Size: 1000\nSHA256: {digest}\n");
            foreach (string field in parts[1..])
            {
                text.Append(field).Append('\n');
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    // "a | b" within a field is a choice of packages
    [GeneratedRegex(@" \| (?=[A-Z][A-Za-z-]*: )")]
    private static partial Regex FieldSeparator();
}
