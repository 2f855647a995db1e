using System.Diagnostics.CodeAnalysis;

namespace Strata.Core;

/// <summary>Absolute, normalised path inside a guest: <c>/</c> or <c>/usr/bin/env</c>.</summary>
/// <remarks>
/// No empty component, no <c>.</c>, no <c>..</c>, no NUL, no trailing slash; at most <see cref="MaxLength"/> UTF-8 bytes
/// (PATH_MAX of Linux less its NUL) and 255 bytes a component (NAME_MAX). Order is ordinal, so a directory always precedes what is in it.
/// </remarks>
public readonly struct GuestPath : IEquatable<GuestPath>, IComparable<GuestPath>
{
    /// <summary>Longest path in UTF-8 bytes.</summary>
    public const int MaxLength = 4095;

    /// <summary>Longest component in UTF-8 bytes.</summary>
    public const int MaxNameLength = 255;

    private readonly string? _value;

    private GuestPath(string value) => _value = value;

    /// <summary>The path <c>/</c>, also the default value.</summary>
    public static GuestPath Root { get; } = new("/");

    /// <summary>True for <c>/</c>.</summary>
    public bool IsRoot => Value.Length == 1;

    /// <summary>Last component; empty for the root.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>The containing directory; the root is its own parent.</summary>
    public GuestPath Parent
    {
        get
        {
            int slash = Value.LastIndexOf('/');
            return slash <= 0 ? Root : new GuestPath(Value[..slash]);
        }
    }

    /// <summary>Path without the leading slash, as archives store it; empty for the root.</summary>
    public string Relative => Value[1..];

    private string Value => _value ?? "/";

    /// <summary>Reads an absolute normalised path.</summary>
    /// <exception cref="FormatException">It breaks a rule; the message names the path and the rule.</exception>
    public static GuestPath Parse(string text) => TryParse(text, out GuestPath path, out string? problem)
        ? path
        : throw new FormatException($"'{text}' is no guest path: {problem}");

    /// <summary>Reads an absolute normalised path; <paramref name="problem"/> says which rule it breaks.</summary>
    public static bool TryParse(string? text, out GuestPath path, [NotNullWhen(false)] out string? problem)
    {
        path = Root;
        problem = text switch
        {
            null or "" => "it is empty",
            _ when text[0] != '/' => "it does not start with '/'",
            _ => text.Length == 1 ? null : ProblemOf(text.AsSpan(1)),
        };
        if (problem is not null)
        {
            return false;
        }
        path = new GuestPath(text!);
        return true;
    }

    /// <summary>
    /// Reads a name as archives store it: <c>./usr/bin/env</c>, <c>usr/bin/</c>, <c>.</c>. A leading slash and <c>..</c> are refused.
    /// </summary>
    public static bool TryParseArchiveName(string? text, out GuestPath path, [NotNullWhen(false)] out string? problem)
    {
        path = Root;
        if (string.IsNullOrEmpty(text))
        {
            problem = "it is empty";
            return false;
        }
        if (text[0] == '/')
        {
            problem = "it is absolute";
            return false;
        }
        string rest = text.EndsWith('/') ? text[..^1] : text;
        rest = rest == "." ? "" : rest.StartsWith("./", StringComparison.Ordinal) ? rest[2..] : rest;
        problem = rest.Length == 0 ? null : ProblemOf(rest);
        if (problem is null && rest.Length > 0)
        {
            path = new GuestPath("/" + rest);
        }
        return problem is null;
    }

    /// <summary>This path and one more component or several, <c>bin/env</c>.</summary>
    /// <exception cref="FormatException">The result is no guest path.</exception>
    public GuestPath Join(string relative) => Parse(IsRoot ? "/" + relative : Value + "/" + relative);

    /// <summary>Resolves the target of a link that lies in this directory, without looking at any file system: <c>..</c> stops at the root.</summary>
    /// <exception cref="FormatException">The result is no guest path.</exception>
    public GuestPath ResolveLink(string target) => Parse(Resolve(target));

    /// <summary>As <see cref="ResolveLink"/>; false when the result is no guest path, such as one with too long a name.</summary>
    public bool TryResolveLink(string target, out GuestPath path) => TryParse(Resolve(target), out path, out _);

    private string Resolve(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        List<string> parts = target.StartsWith('/') ? [] : [.. Relative.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }
        return "/" + string.Join('/', parts);
    }

    /// <summary>True when this path is <paramref name="directory"/> or lies below it.</summary>
    public bool IsAtOrBelow(GuestPath directory) => directory.IsRoot || Value == directory.Value
        || (Value.Length > directory.Value.Length && Value[directory.Value.Length] == '/' && Value.StartsWith(directory.Value, StringComparison.Ordinal));

    /// <inheritdoc/>
    public bool Equals(GuestPath other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GuestPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(GuestPath other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The path.</summary>
    public override string ToString() => Value;

    /// <summary>Equality, ordinal.</summary>
    public static bool operator ==(GuestPath left, GuestPath right) => left.Equals(right);

    /// <summary>Inequality.</summary>
    public static bool operator !=(GuestPath left, GuestPath right) => !left.Equals(right);

    /// <summary>Ordinal order.</summary>
    public static bool operator <(GuestPath left, GuestPath right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(GuestPath left, GuestPath right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(GuestPath left, GuestPath right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(GuestPath left, GuestPath right) => left.CompareTo(right) >= 0;

    private static string? ProblemOf(ReadOnlySpan<char> relative)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(relative) >= MaxLength)
        {
            return $"it is longer than {MaxLength} bytes";
        }
        foreach (Range range in relative.Split('/'))
        {
            ReadOnlySpan<char> part = relative[range];
            string? problem = part switch
            {
                "" => "it has an empty component",
                "." or ".." => $"it has a component '{part}'",
                _ when part.Contains('\0') => "it contains a NUL",
                _ when part.Length > MaxNameLength / 3 && System.Text.Encoding.UTF8.GetByteCount(part) > MaxNameLength
                    => $"a component is longer than {MaxNameLength} bytes",
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }
        }
        return null;
    }
}
