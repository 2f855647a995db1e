using System.Reflection;

namespace Strata.Fuzz.Tests;

/// <summary>A reader of bytes without a target is a reader that nobody attacks: the next one that is written is found here.</summary>
public class CompletenessTests
{
    /// <summary>Methods that have the look of a reader and are none, or that a target reaches through another type; why.</summary>
    private static readonly Dictionary<string, string> s_others = new(StringComparer.Ordinal)
    {
        ["Strata.Editions.Installing.InstalledFiles"] = "reads what a program of ours packs in a room, with the framework's reader of tar",
    };

    private static readonly string[] s_verbs = ["Read", "Parse", "TryRead", "TryParse", "Load", "FromJson", "Verify"];
    private static readonly Type[] s_bytes = [typeof(ReadOnlySpan<byte>), typeof(ReadOnlyMemory<byte>), typeof(Stream), typeof(TextReader)];
    private static readonly string[] s_texts = ["text", "json", "answer", "status", "line"];

    [Fact]
    public void EveryReader_HasATarget()
    {
        HashSet<Type> covered = [.. FuzzTargets.All.SelectMany(t => t.Readers)];
        IEnumerable<Type> readers = covered.Select(t => t.Assembly).Distinct().SelectMany(a => a.GetTypes()).Where(t => IsReader(t)
            && !covered.Contains(t));
        Assert.Empty(readers.Select(t => t.FullName!).Where(n => !s_others.ContainsKey(n)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void OtherMethods_AreStillThere() =>
        Assert.Empty(s_others.Keys.Where(n => !FuzzTargets.All.SelectMany(t => t.Readers).Select(r => r.Assembly).Distinct().Any(a =>
            a.GetType(n) is Type type && IsReader(type))));

    private static bool IsReader(Type type) =>
        type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Any(m =>
            !m.IsPrivate && IsReader(m))
        || (type.Name.EndsWith("Reader", StringComparison.Ordinal)
            && type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(c =>
                c.GetParameters() is [{ } first, ..] && s_bytes.Contains(first.ParameterType)));

    private static bool IsReader(MethodInfo method) =>
        method.GetParameters() is [{ } first, ..] && s_verbs.Any(v => method.Name.StartsWith(v, StringComparison.Ordinal))
        && (s_bytes.Contains(first.ParameterType) || (first.ParameterType == typeof(string) && s_texts.Contains(first.Name)));
}
