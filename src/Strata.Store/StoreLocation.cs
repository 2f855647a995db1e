using Strata.Core;

namespace Strata.Store;

/// <summary>Where the store is, and who said so.</summary>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Origin">What decided: <c>--store</c>, <c>STRATA_STORE</c>, <c>XDG_CACHE_HOME</c> or <c>HOME</c>.</param>
/// <param name="SharedByGroup">
/// True when the members of the folder's group are trusted with it; false when nobody else may write there.
/// </param>
public sealed record StoreLocation(string Path, string Origin, bool SharedByGroup = false)
{
    /// <summary>Environment variable that names the folder.</summary>
    public const string Variable = "STRATA_STORE";

    /// <summary>Environment variable that says <c>group</c> when the store is shared by its group on purpose.</summary>
    /// <remarks>A setting of who uses the store, not a file in it: whoever can write to a store could write that too.</remarks>
    public const string SharedVariable = "STRATA_STORE_SHARED";

    /// <summary>
    /// Decides by, in this order: the option, <c>STRATA_STORE</c>, <c>$XDG_CACHE_HOME/strata</c>, <c>~/.cache/strata</c>
    /// (XDG Base Directory Specification 0.8: a relative <c>XDG_CACHE_HOME</c> is ignored). Empty values count as absent.
    /// </summary>
    /// <param name="option">Value of <c>--store</c>, or null.</param>
    /// <param name="environment">Looks up an environment variable; the process's own when null.</param>
    /// <exception cref="StrataException">
    /// Nothing names a folder, tools could not run in it, or <see cref="SharedVariable"/> has another value.
    /// </exception>
    public static StoreLocation Resolve(string? option, Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        bool shared = environment(SharedVariable) switch
        {
            null or "" => false,
            "group" => true,
            { } other => throw new StrataException($"cannot use {SharedVariable}: it says '{other}', expected 'group' or nothing"),
        };
        // ':', ';' and '$' part or change the loader's list of library folders (ld.so(8)); MSBuild, which compiles the early init in the
        // store, takes no path with a double quote
        StoreLocation location = Find(option, shared, environment);
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

    private static StoreLocation Find(string? option, bool shared, Func<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(option))
        {
            return new StoreLocation(System.IO.Path.GetFullPath(option), "--store", shared);
        }
        if (environment(Variable) is { Length: > 0 } named)
        {
            return new StoreLocation(System.IO.Path.GetFullPath(named), Variable, shared);
        }
        if (environment("XDG_CACHE_HOME") is { Length: > 0 } cache && System.IO.Path.IsPathFullyQualified(cache))
        {
            return new StoreLocation(System.IO.Path.Combine(System.IO.Path.GetFullPath(cache), "strata"), "XDG_CACHE_HOME", shared);
        }
        if (environment("HOME") is { Length: > 0 } home && System.IO.Path.IsPathFullyQualified(home))
        {
            return new StoreLocation(System.IO.Path.Combine(System.IO.Path.GetFullPath(home), ".cache", "strata"), "HOME", shared);
        }
        throw new StrataException(
            $"cannot find a place for the store: none of {Variable}, XDG_CACHE_HOME and HOME is set", "Name a folder with --store.");
    }
}
