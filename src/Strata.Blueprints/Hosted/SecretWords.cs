using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary><c>secrets</c> of a container: files in it with what a credential of the machine has.</summary>
/// <param name="Options">What the engine is told.</param>
/// <param name="Files">For whoever takes credentials at the first start: which are wanted.</param>
internal sealed partial record SecretWords(IReadOnlyList<string> Options, IReadOnlyList<(GuestPath Path, ReadOnlyMemory<byte> Bytes)> Files)
{
    private const int Most = 64;

    /// <summary>Reads them. Faults are collected, none is thrown.</summary>
    public static SecretWords Read(MappingReader container, string name)
    {
        List<string> options = [];
        SortedSet<string> credentials = new(StringComparer.Ordinal);
        int count = 0;
        foreach ((YamlScalar key, YamlValue value) in container.Pairs("secrets"))
        {
            count++;
            if (value is not YamlScalar credential || !NamePattern().IsMatch(credential.Text) || credential.Text == MachineSecrets.Words)
            {
                container.Faults.Add(
                    value, "this names no credential; expected letters, digits, dots, dashes and underscores, and never a secret itself");
                continue;
            }
            if (container.ToPath(key) is not GuestPath inside)
            {
                continue;
            }
            if (inside.IsRoot || key.Text.AsSpan().IndexOfAny(":,") >= 0)
            {
                container.Faults.Add(key, $"'{key.Text}' is no place for a file in a container; expected a path without ':' and ','");
                continue;
            }
            credentials.Add(credential.Text);
            options.AddRange(["--volume", $"/run/strata/containers/{name}.secrets/{credential.Text}:{inside}:ro"]);
        }
        if (count > Most)
        {
            container.Faults.Add(container.Value("secrets")!, $"{count} secrets; expected at most {Most}");
        }
        return new SecretWords(options, credentials.Count == 0 ? [] :
            [(GuestPath.Parse($"{MachineSecrets.WantedFolder}/{name}"), Encoding.UTF8.GetBytes(string.Join('\n', credentials) + "\n"))]);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
