using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Strata.Testing;

/// <summary>What an object says of itself, property by property, for comparison with a file (<see cref="Golden"/>).</summary>
/// <remarks>What says nothing (null, an empty list, false, zero) has no line, so that a text shows what was said.</remarks>
public static class Facts
{
    private const int MostLevels = 8;

    /// <summary>
    /// Lines of <c>Property.Property[number]=value</c>, in the order of the type; what <paramref name="without"/> names is left out.
    /// </summary>
    public static string Of(object value, params string[] without)
    {
        StringBuilder text = new();
        Add(text, "", value, without, 0);
        return text.ToString();
    }

    /// <summary>Lines that one text has and another one had not; behind a dash those that it has no longer.</summary>
    public static string Changes(string before, string after)
    {
        string[] old = before.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] now = after.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(old.Except(now).Select(l => $"- {l}\n").Concat(now.Except(old).Select(l => l + "\n")));
    }

    private static void Add(StringBuilder text, string name, object? value, string[] without, int level)
    {
        switch (value)
        {
            case null or false or 0 or 0L or Delegate or Type:
                break;
            case ReadOnlyMemory<byte> bytes:
                Line(text, name, $"{bytes.Length} bytes {Convert.ToHexStringLower(bytes.Span[..Math.Min(bytes.Length, 40)])}");
                break;
            case byte[] bytes:
                Add(text, name, (ReadOnlyMemory<byte>)bytes, without, level);
                break;
            case string plain:
                Line(text, name, plain.Length == 0 ? "\"\"" : plain.Replace("\n", "\\n", StringComparison.Ordinal));
                break;
            case IDictionary pairs:
                foreach (DictionaryEntry pair in pairs)
                {
                    Add(text, $"{name}[{pair.Key}]", pair.Value, without, level + 1);
                }
                break;
            case IEnumerable items when level < MostLevels:
                int number = 0;
                foreach (object? item in items)
                {
                    Add(text, string.Create(CultureInfo.InvariantCulture, $"{name}[{number++}]"), item ?? "null", without, level + 1);
                }
                break;
            case var _ when IsPlain(value.GetType()) || level >= MostLevels:
                Line(text, name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
            default:
                AddMembers(text, name, value, without, level);
                break;
        }
    }

    private static void AddMembers(StringBuilder text, string name, object value, string[] without, int level)
    {
        Type type = value.GetType();
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
        IEnumerable<(string Name, object? Value)> members = type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal)
            ? type.GetFields().Select(f => (f.Name, f.GetValue(value)))
            : type.GetProperties(Own).Where(p => p.GetIndexParameters().Length == 0 && p.Name != "EqualityContract"
                && p.GetMethod is { IsPrivate: false }).Select(p => (p.Name, p.GetValue(value)));
        foreach ((string member, object? said) in members.Where(m => !without.Contains(m.Name)))
        {
            Add(text, name.Length == 0 ? member : $"{name}.{member}", said, without, level + 1);
        }
    }

    private static bool IsPlain(Type type) => type.IsPrimitive || type.IsEnum
        || (type.Namespace!.StartsWith("System", StringComparison.Ordinal)
            && !type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal)
            && !type.FullName.StartsWith("System.Collections", StringComparison.Ordinal))
        || type.GetMethod("ToString", BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly, []) is MethodInfo own
            && !own.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute));

    private static void Line(StringBuilder text, string name, string value) => text.Append(name).Append('=').Append(value).Append('\n');
}
