using Strata.Core;

namespace Strata.Store;

/// <summary>Where the store is, and who said so.</summary>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Origin">What decided: <c>--store</c>, <c>STRATA_STORE</c>, <c>XDG_CACHE_HOME</c> or <c>HOME</c>.</param>
public sealed record StoreLocation(string Path, string Origin)
{
    /// <summary>Environment variable that names the folder.</summary>
    public const string Variable = "STRATA_STORE";

    /// <summary>
    /// Decides by, in this order: the option, <c>STRATA_STORE</c>, <c>$XDG_CACHE_HOME/strata</c>, <c>~/.cache/strata</c>
    /// (XDG Base Directory Specification 0.8: a relative <c>XDG_CACHE_HOME</c> is ignored). Empty values count as absent.
    /// </summary>
    /// <param name="option">Value of <c>--store</c>, or null.</param>
    /// <param name="environment">Looks up an environment variable; the process's own when null.</param>
    /// <exception cref="StrataException">Nothing names a folder, or tools could not run in it.</exception>
    public static StoreLocation Resolve(string? option, Func<string, string?>? environment = null)
    {
        // ':', ';' and '$' part or change the loader's list of library folders (ld.so(8)); MSBuild, which compiles the early init in the
        // store, takes no path with a double quote
        StoreLocation location = Find(option, environment ?? Environment.GetEnvironmentVariable);
        if (location.Path.FirstOrDefault(c => c is ':' or ';' or '$' or '"' || char.IsControl(c)) is var bad and not '\0')
        {
            string shown = char.IsControl(bad) ? $"U+{(int)bad:X4}" : $"'{bad}'";
            string path = string.Concat(location.Path.Select(c => char.IsControl(c) ? '?' : c));
            throw new StrataException(
                $"cannot use {path} as the store ({location.Origin}): tools run and compile there, "
                + $"and to them {shown} is no part of a name",
                "Name another folder with --store; blanks, commas and apostrophes are no trouble.");
        }
        return location;
    }

    private static StoreLocation Find(string? option, Func<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(option))
        {
            return new StoreLocation(System.IO.Path.GetFullPath(option), "--store");
        }
        if (environment(Variable) is { Length: > 0 } named)
        {
            return new StoreLocation(System.IO.Path.GetFullPath(named), Variable);
        }
        if (environment("XDG_CACHE_HOME") is { Length: > 0 } cache && System.IO.Path.IsPathFullyQualified(cache))
        {
            return new StoreLocation(System.IO.Path.Combine(System.IO.Path.GetFullPath(cache), "strata"), "XDG_CACHE_HOME");
        }
        if (environment("HOME") is { Length: > 0 } home && System.IO.Path.IsPathFullyQualified(home))
        {
            return new StoreLocation(System.IO.Path.Combine(System.IO.Path.GetFullPath(home), ".cache", "strata"), "HOME");
        }
        throw new StrataException(
            $"cannot find a place for the store: none of {Variable}, XDG_CACHE_HOME and HOME is set", "Name a folder with --store.");
    }
}
