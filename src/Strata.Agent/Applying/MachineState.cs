using System.Text;
using Strata.Agent.Machines;
using Strata.Agent.Seeds;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Settings.Reading;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Agent.Applying;

/// <summary>
/// Makes a machine what its words say. Each step looks whether it is done already, so all of them can be done at each start, and again
/// after
/// one that was cut.
/// </summary>
/// <param name="machine">Its files.</param>
/// <param name="live">What is no file.</param>
/// <param name="credentials">Where secrets come from.</param>
/// <param name="faults">Where faults go.</param>
internal sealed class MachineState(MachineFolder machine, ILiveMachine live, Credentials credentials, FaultList faults)
{
    /// <summary>What was made of words, a line each: what no word asks for any more is taken away again.</summary>
    public const string MadePath = Journal.Folder + "/made";

    private const string MachineId = "/etc/machine-id";
    private const string LocalTime = "/etc/localtime";
    private const string Hostname = "/etc/hostname";

    private readonly List<string> _made = [];

    /// <summary>Does everything; a step that fails is noted, and the others are done.</summary>
    /// <param name="words">All words of the machine.</param>
    public void Apply(MachineWords words)
    {
        ImageFacts facts = DeviceFacts.Of(machine);
        string[] before = machine.ReadText(MadePath).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Step("take the secrets that the words name", () => TakeSecrets(words, facts));
        Step("give the machine its identity", MakeIdentity);
        AccountFiles accounts = AccountFiles.Read(machine);
        Step("write the accounts", () => WriteAccounts(accounts, words, before));
        Step("write the name of the machine", () => WriteName(words));
        Step("set the time zone", () => LinkZone(words));
        WriteFiles(words, facts, accounts);
        Step("take away what no word asks for any more", () => TakeAway(before));
        Step("trust the owner's certificates", () => TrustedCertificates.Apply(machine));
        Step("make the keys of the machine", () => HostKeys.Apply(machine, live));
    }

    private void Step(string what, Action deed)
    {
        try
        {
            deed();
        }
        catch (Exception e) when (e is IOException or StrataException)
        {
            faults.Add(new Fault($"cannot {what}", 0, 0, e.Message));
        }
    }

    private void TakeSecrets(MachineWords words, ImageFacts facts)
    {
        foreach ((string name, string who) in MachineSecrets.NamedBy(words).Select(n => (n, "the words name")).Concat(WantedByContainers()))
        {
            string path = $"{MachineSecrets.Folder}/{name}";
            if (credentials.TryGet(name, faults) is byte[] secret)
            {
                machine.MakeFolder(MachineSecrets.Folder, MayEnter(facts));
                machine.Write(path, secret, Modes.SecretFile);
            }
            else if (machine.TryGet(path) is null)
            {
                faults.Add(new Fault(path, 0, 0, $"{who} this secret, and neither the file nor a credential "
                    + $"'{MachineSecrets.Prefix}{name}' is there"));
            }
            if (facts.IsSystemd && machine.TryGet(path) is not null && IsKeyOfTunnel(words, path)
                && AccountFiles.Read(machine).NumbersOf(null, "systemd-network") is (uint, uint) network)
            {
                machine.MakeFolder(MachineSecrets.Folder, MayEnter(facts));
                // networkd reads it
                machine.Write(path, machine.TryRead(path, Seed.MostBytes) ?? [], Modes.SecretFile | 0b100_000, network);
            }
        }
    }

    private IEnumerable<(string Name, string Who)> WantedByContainers()
    {
        foreach (string container in machine.Names(MachineSecrets.WantedFolder))
        {
            string names = machine.ReadText($"{MachineSecrets.WantedFolder}/{container}");
            foreach (string name in names.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                yield return (name, $"container '{container}' wants");
            }
        }
    }

    // names of secrets are no secret, and networkd is not root
    private static int MayEnter(ImageFacts facts) => facts.IsSystemd ? Modes.SecretFolder | 0b001_001 : Modes.SecretFolder;

    private static bool IsKeyOfTunnel(MachineWords words, string path) =>
        (words.Network ?? []).Any(i => i.WireGuard?.PrivateKeyFile == path);

    // machine-id(5): 128 random bits, which no other machine has
    private void MakeIdentity()
    {
        if (machine.ReadText(MachineId).Trim() is not ("" or "uninitialized"))
        {
            return;
        }
        byte[] id = new byte[16];
        Entropy.Fill(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x40); // as of a UUID of version 4, which some programs ask for
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        machine.Write(MachineId, Convert.ToHexStringLower(id) + "\n", Modes.ReadOnlyFile);
    }

    private void WriteAccounts(AccountFiles accounts, MachineWords words, string[] before)
    {
        List<string> gone = [];
        foreach (string line in before)
        {
            if (line.StartsWith("user ", StringComparison.Ordinal) && !words.Users.Any(u => u.Name.Text == line[5..]))
            {
                gone.Add(line[5..]);
            }
        }
        foreach (UserWords user in words.Users)
        {
            // one that was there before us is the image's, and stays when nobody speaks of it
            if (before.Contains("user " + user.Name.Text) || !accounts.Has(user.Name.Text))
            {
                _made.Add("user " + user.Name.Text);
            }
        }
        Remember(before); // before anything is there that could be forgotten
        accounts.Remove(gone);
        accounts.Apply(words, HashOf, faults);
        accounts.Write();
        foreach (UserWords user in words.Users)
        {
            if (accounts.HomeOf(user.Name.Text) is string home && machine.TryGet(home) is null
                && accounts.NumbersOf(user.Name.Text, null) is (uint, uint) owner)
            {
                machine.MakeFolder(home, Modes.SecretFolder, owner);
            }
        }
    }

    private string? HashOf(UserWords user)
    {
        if (user.PasswordCredential is not string name)
        {
            return user.PasswordHash;
        }
        string hash = machine.ReadText($"{MachineSecrets.Folder}/{name}").Trim();
        if (hash.Length > 0 && !SecretForm.IsPasswordHash(hash))
        {
            faults.Add(user.Name, $"the credential '{name}' is no hash of crypt(5); 'openssl passwd -6' makes one. No password lets "
                + $"'{user.Name.Text}' in");
            return null;
        }
        return hash.Length > 0 ? hash : null;
    }

    private void WriteName(MachineWords words)
    {
        if (words.Hostname?.Text is string name)
        {
            machine.Write(Hostname, name + "\n");
            machine.Write(HostsFile.Path, HostsFile.With(machine.ReadText(HostsFile.Path), name));
            live.SetHostname(name);
        }
    }

    private void LinkZone(MachineWords words)
    {
        if (words.TimeZone?.Text is string zone)
        {
            machine.Link(LocalTime, "/usr/share/zoneinfo/" + zone);
        }
    }

    private void WriteFiles(MachineWords words, ImageFacts facts, AccountFiles accounts)
    {
        IReadOnlyList<SettingFile> files = MachineFiles.Of(
            words, facts, u => GuestPath.Parse(accounts.HomeOf(u.Name.Text) ?? $"/home/{u.Name.Text}"));
        foreach (SettingFile file in files)
        {
            _made.Add("file " + file.Path);
        }
        if (words.Network is not null && facts.IsSystemd)
        {
            Step("hide the usual network", () => machine.Link(NetworkdFiles.HiddenDefault, "/dev/null"));
            _made.Add("file " + NetworkdFiles.HiddenDefault);
        }
        foreach (MountWords mount in words.Mounts)
        {
            Step($"make {mount.Path}", () => _ = machine.Has(mount.Path.ToString()) ? 0 : MakeFolder(mount.Path.ToString()));
        }
        foreach (SettingFile file in files)
        {
            Step($"write {file.Path}", () => WriteFile(file, accounts));
        }
    }

    private int MakeFolder(string path)
    {
        machine.MakeFolder(path, Modes.Folder);
        return 0;
    }

    private void WriteFile(SettingFile file, AccountFiles accounts)
    {
        if (accounts.NumbersOf(file.User, file.Group) is not (uint, uint) owner)
        {
            throw new StrataException($"there is no account '{file.User ?? file.Group}'");
        }
        if (file.User is not null && file.Path.Parent is { Name: ".ssh" } folder)
        {
            // sshd(8): whoever else could write there could come in. It is the user's, who may have put a link into our way
            machine.MakeFolder(folder.ToString(), Modes.SecretFolder, owner);
        }
        machine.Write(file.Path.ToString(), Encoding.UTF8.GetBytes(file.Text), file.Mode, owner);
    }

    private void TakeAway(string[] before)
    {
        foreach (string line in before)
        {
            if (line.StartsWith("file /", StringComparison.Ordinal) && !_made.Contains(line))
            {
                machine.Delete(line[5..]);
            }
        }
        WriteMade(_made);
    }

    // until all is done: what was and what comes
    private void Remember(string[] before) => WriteMade([.. before.Concat(_made).Distinct()]);

    private void WriteMade(List<string> lines)
    {
        if (lines.Count > 0 || machine.TryGet(MadePath) is not null)
        {
            machine.MakeFolder(Journal.Folder, Modes.SecretFolder);
            machine.Write(MadePath, Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))), Modes.SecretFile);
        }
    }
}
