namespace Strata.Settings.Words;

/// <summary>Where secrets that words name come from, and where they lie.</summary>
public static class MachineSecrets
{
    /// <summary>Folder on the machine, for root alone; a credential lies there under its name.</summary>
    public const string Folder = "/var/lib/strata/secrets";

    /// <summary>Folder of an image: a file for each container, whose lines name the credentials that it wants.</summary>
    public const string WantedFolder = "/usr/lib/strata/secrets";

    /// <summary>What the names of our credentials begin with, where the firmware has them: <c>strata.NAME</c>.</summary>
    public const string Prefix = "strata.";

    /// <summary>The credential that is no secret but words.</summary>
    public const string Words = "machine";

    /// <summary>Names of the credentials that words name, each once, in the order of the words.</summary>
    public static IReadOnlyList<string> NamedBy(MachineWords words)
    {
        ArgumentNullException.ThrowIfNull(words);
        List<string> names = [];
        foreach (UserWords user in words.Users)
        {
            Add(user.PasswordCredential);
        }
        foreach (InterfaceWords one in words.Network ?? [])
        {
            AddFile(one.WireGuard?.PrivateKeyFile);
            AddFile(one.Wifi?.PassphraseFile);
        }
        return names;

        void AddFile(string? path)
        {
            if (path is not null && path.StartsWith(Folder + "/", StringComparison.Ordinal) && path.IndexOf('/', Folder.Length + 1) < 0)
            {
                Add(path[(Folder.Length + 1)..]); // named as a file, it may come as a credential all the same
            }
        }

        void Add(string? name)
        {
            if (name is not null && !names.Contains(name))
            {
                names.Add(name);
            }
        }
    }
}
