using Strata.Core;
using Strata.Core.Progress;
using Strata.Images.Steps;
using Strata.Packages.Keys;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;
using Strata.Store.Remotes;

namespace Strata.Cli.Wiring;

/// <summary>What environment variables say about archives: where they are and whose signatures count.</summary>
internal static class HostSettings
{
    /// <summary>Names a file of OpenPGP keys that are trusted instead of Debian's, for an archive of one's own.</summary>
    public const string Keyring = "STRATA_KEYRING";

    /// <summary>Names a folder that stands for <c>/</c> when apt's configuration is read.</summary>
    public const string AptRoot = "STRATA_APT_ROOT";

    /// <summary>Address of a cache of results that several machines share.</summary>
    public const string Cache = "STRATA_CACHE";

    /// <summary>Says <c>1</c> when the cache is asked and offered nothing.</summary>
    public const string CacheReadOnly = "STRATA_CACHE_READONLY";

    /// <summary>Lines of help: a setting and what it does.</summary>
    public static IReadOnlyList<string> Help { get; } =
    [
        $"{ArchiveMirrors.MainSetting}           Addresses of a Debian archive (else those of the host's apt configuration)",
        $"{ArchiveMirrors.SecuritySetting}  Addresses of its security archive",
        $"{SnapshotArchive.Setting}         Address of a snapshot service, for packages that the mirrors no longer have",
        $"{AptRoot}         Folder that stands for / when apt's configuration is read",
        $"{Keyring}          File of OpenPGP keys to trust instead of Debian's, for an archive of your own",
        "STRATA_STORE            Folder of the store",
        $"{Cache}            Address of a cache of results that several machines share; whoever writes to it is trusted",
        $"{CacheReadOnly}   '1' to ask it and offer it nothing",
        $"{StoreLocation.SharedVariable}     'group' when the members of the store's group are trusted with it",
    ];

    /// <summary>The keys that are trusted.</summary>
    /// <exception cref="StrataException">The file that the setting names holds none.</exception>
    public static IReadOnlyList<Keyring> Keyrings()
    {
        if (Environment.GetEnvironmentVariable(Keyring) is not { Length: > 0 } path)
        {
            return Packages.Keys.Keyring.Debian;
        }
        try
        {
            return [Packages.Keys.Keyring.FromFile(path)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot use {Keyring}: {e.Message}", "Name a file of public keys, or unset it to trust Debian's.",
                e);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot use {Keyring}: {path}: {e.Problem}",
                "'gpg --export KEY' writes a file of public keys, with or without --armor; unset it to trust Debian's.", e);
        }
    }

    /// <summary>The mirrors of the settings or of the host's apt configuration.</summary>
    /// <exception cref="StrataException">There are none, or their keys cannot be read.</exception>
    public static ArchiveMirrors Mirrors() =>
        ArchiveMirrors.Find(
            AptConfiguration.Read(AptFolder),
            Environment.GetEnvironmentVariable(ArchiveMirrors.MainSetting),
            Environment.GetEnvironmentVariable(ArchiveMirrors.SecuritySetting),
            Environment.GetEnvironmentVariable(SnapshotArchive.Setting)) with { Keyrings = Keyrings() };

    /// <summary>How the host's apt reaches servers.</summary>
    public static AptOptions Options() => AptOptions.Read(AptFolder);

    /// <summary>Through what addresses are reached.</summary>
    public static AptProxy Proxy(AptOptions options) => new(
        options, HttpClient.DefaultProxy, Environment.GetEnvironmentVariable("no_proxy") ?? Environment.GetEnvironmentVariable("NO_PROXY"));

    /// <summary>Certificates that the host's apt has for a server; null when it has none.</summary>
    public static ServerCertificates? Certificates(AptOptions options, string host) => AptCertificates.For(options, host, AptFolder);

    /// <summary>What the host's apt knows of user names and passwords.</summary>
    public static AptCredentials Credentials() => AptCredentials.Read(AptFolder);

    /// <summary>The cache that the settings name; null for none.</summary>
    /// <param name="progress">Told about transfers and the first fault.</param>
    /// <exception cref="StrataException">A setting has a value that it cannot have.</exception>
    public static HttpCache? SharedCache(IProgressReporter progress)
    {
        if (Environment.GetEnvironmentVariable(CacheReadOnly) is not (null or "" or "1") and string other)
        {
            throw new StrataException($"cannot use {CacheReadOnly}: it is '{other}', expected 1 or nothing",
                "Set it to 1 to ask the cache and offer it nothing; unset it to do both.");
        }
        if (Environment.GetEnvironmentVariable(Cache) is not { Length: > 0 } text)
        {
            return null;
        }
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? new HttpCache(address, writable: Environment.GetEnvironmentVariable(CacheReadOnly) != "1", SharedSteps.Taken, progress)
            : throw new StrataException(
                $"cannot use {Cache}: '{WebAddress.Shown(text)}' is no http or https address",
                "Write it as https://cache.example/prefix, or unset it.");
    }

    private static string AptFolder => Environment.GetEnvironmentVariable(AptRoot) is { Length: > 0 } named ? named : "/";
}
