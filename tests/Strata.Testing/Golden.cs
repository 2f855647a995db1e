using System.Reflection;
using System.Runtime.CompilerServices;

namespace Strata.Testing;

/// <summary>What programs print and make, as it was when somebody last looked at it.</summary>
/// <remarks>
/// A change that is wanted: take what the failed test wrote beside its program into the folder <c>Golden</c>, and look at the
/// difference.
/// </remarks>
public static class Golden
{
    /// <summary>Fails unless a text is that of a file in the folder <c>Golden</c> of the calling test project.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Same(string name, string text)
    {
        using Stream? resource = Assembly.GetCallingAssembly().GetManifestResourceStream(name);
        using StreamReader? reader = resource is null ? null : new StreamReader(resource);
        string expected = reader?.ReadToEnd() ?? "";
        if (expected == text)
        {
            return;
        }
        string place = Path.Combine(AppContext.BaseDirectory, name + ".now");
        File.WriteAllText(place, text);
        string[] lines = text.Split('\n');
        string[] wanted = expected.Split('\n');
        int first = lines.Zip(wanted).TakeWhile(l => l.First == l.Second).Count();
        throw new InvalidOperationException(
            $"{place} is what it says now; line {first + 1}:\n- {wanted.ElementAtOrDefault(first)}\n+ {lines.ElementAtOrDefault(first)}");
    }
}
