using System.Text.Json.Nodes;
using Strata.Settings.Words;

namespace Strata.Images.Seeds;

/// <summary>
/// Words of a machine as cloud-init's <c>user-data</c>, for systems that are not ours: the other way round from the agent's reader of it.
/// </summary>
internal sealed class CloudConfigText
{
    private readonly List<string> _unsaid = [];

    private CloudConfigText(MachineWords words) => UserData = "#cloud-config\n" + YamlText.Of(Whole(words));

    /// <summary>The file.</summary>
    public string UserData { get; }

    /// <summary>What cloud-init has no word for, as paths of words: <c>ssh.port</c>.</summary>
    public IReadOnlyList<string> Unsaid => _unsaid;

    /// <summary>Writes it.</summary>
    public static CloudConfigText Of(MachineWords words) => new(words);

    private JsonObject Whole(MachineWords words)
    {
        JsonObject all = [];
        if (words.Hostname?.Text is string name)
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            all["hostname"] = dot < 0 ? name : name[..dot];
            Add(all, "fqdn", dot < 0 ? null : name);
        }
        Add(all, "timezone", words.TimeZone?.Text);
        Add(all, "locale", words.Locale?.Text);
        if (words.Keymap?.Text.Split('-', 2) is { } keys)
        {
            JsonObject keyboard = new() { ["layout"] = keys[0] };
            Add(keyboard, "variant", keys.Length > 1 ? keys[1] : null);
            all["keyboard"] = keyboard;
        }
        if (words.TimeServers.Count > 0)
        {
            all["ntp"] = new JsonObject { ["enabled"] = true, ["servers"] = List(words.TimeServers.Select(s => s.Text)) };
        }
        if (words.Ssh is SshWords ssh)
        {
            all["ssh_pwauth"] = ssh.AllowsPasswords;
            Leave("ssh.port", ssh.Port is not null);
            Leave("ssh.users", ssh.Users is not null);
        }
        AddList(all, "users", words.Users, UserOf);
        AddList(all, "write_files", words.Files, FileOf);
        AddList(all, "mounts", words.Mounts, m => List([m.From, m.Path.ToString(), m.Type, OptionsOf(m)]));
        AddList(all, "runcmd", words.RunOnce, c => List(c.Command));
        Leave("firewall", words.Firewall is not null);
        Leave("sysctl", words.Sysctl.Count > 0);
        return all;
    }

    private JsonObject UserOf(UserWords user)
    {
        JsonObject one = new() { ["name"] = user.Name.Text };
        Add(one, "gecos", user.Description);
        if (user.Id is int id)
        {
            one["uid"] = id;
        }
        Add(one, "shell", user.Shell?.Text);
        Add(one, "homedir", user.Home);
        if (user.Groups.Count > 0)
        {
            one["groups"] = List(user.Groups.Select(g => g.Text));
        }
        if (user.SshKeys.Count > 0)
        {
            one["ssh_authorized_keys"] = List(user.SshKeys);
        }
        if (user.PasswordHash is string hash)
        {
            one["lock_passwd"] = false;
            one["passwd"] = hash;
        }
        Add(one, "sudo", user.IsAdmin ? "ALL=(ALL) NOPASSWD:ALL" : null);
        Leave($"users.{user.Name.Text}.password", user.PasswordCredential is not null);
        return one;
    }

    // cloud-init writes files before it makes users
    private JsonObject? FileOf(FileWords file)
    {
        if (file.Owner is not null || file.Group is not null)
        {
            Leave($"files.{file.Path}", true);
            return null;
        }
        return new JsonObject
        {
            ["path"] = file.Path.ToString(),
            ["content"] = file.Text,
            ["permissions"] = "0" + Convert.ToString(file.Mode, 8),
        };
    }

    private static string OptionsOf(MountWords mount) =>
        string.Join(',', mount.Options.Concat(mount.IsOptional ? ["nofail"] : []).DefaultIfEmpty("defaults"));

    private void Leave(string word, bool isSaid)
    {
        if (isSaid)
        {
            _unsaid.Add(word);
        }
    }

    private static void Add(JsonObject to, string key, string? text)
    {
        if (text is not null)
        {
            to[key] = text;
        }
    }

    private static void AddList<T>(JsonObject to, string key, IReadOnlyList<T> from, Func<T, JsonNode?> make)
    {
        JsonNode?[] made = [.. from.Select(make).Where(m => m is not null)];
        if (made.Length > 0)
        {
            to[key] = new JsonArray(made);
        }
    }

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
