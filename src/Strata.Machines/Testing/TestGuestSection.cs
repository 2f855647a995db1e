using System.Text.RegularExpressions;
using Strata.Machines.Serial;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>
/// Reads the machines of a test: that of the test itself, or those of <c>guests:</c>, for which the test's words are what they have unless
/// they say otherwise.
/// </summary>
internal static partial class TestGuestSection
{
    /// <summary>Keys of a machine's surroundings, in a test and in a guest.</summary>
    public static readonly string[] OwnKeys = ["machine", "ready", "within", "login", "ssh", "absent"];

    private static readonly string[] s_keys = ["edition", .. OwnKeys];

    /// <summary>The machines, at least one.</summary>
    /// <param name="test">The test.</param>
    /// <param name="variant">What of <c>matrix</c> stands over every machine.</param>
    /// <param name="defaults">The machine of the file.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static IReadOnlyList<TestGuest> ReadAll(TestSection test, TestVariant variant, TestMachine defaults, FaultList faults)
    {
        TestGuest common = Read(test, new TestGuest { Machine = defaults, Ready = s_missing }, faults);
        List<TestGuest> guests = [];
        switch (test.Node("guests"))
        {
            case null:
                guests.Add(common);
                break;
            case YamlMapping { Items: { Count: > 0 and <= EditionTestFile.MaximumGuests } items }:
                foreach ((YamlScalar key, YamlValue value) in items)
                {
                    TestSection guest = TestSection.Of(value, "a guest", s_keys, faults);
                    if (!EditionTestFile.IsName(key.Text))
                    {
                        faults.Add(key, $"a guest is called '{key.Text}', {EditionTestFile.NameRule}");
                    }
                    guests.Add(Read(guest, common with { Name = key.Text, Edition = guest.Text("edition") }, faults));
                }
                break;
            default:
                test.Fault("guests", $"'guests' is wrong, expected a mapping with 1 to {EditionTestFile.MaximumGuests} machines by name");
                guests.Add(common);
                break;
        }
        for (int i = 0; i < guests.Count; i++)
        {
            if (ReferenceEquals(guests[i].Ready, s_missing))
            {
                string who = guests[i].Name.Length == 0 ? "test" : "guest";
                test.Fault("ready", $"a {who} lacks 'ready', the text on the serial line that says that the system is up");
            }
            if (variant.Machine is { } varied)
            {
                guests[i] = guests[i] with { Machine = TestMachineSection.Read(varied, guests[i].Machine, faults) };
            }
        }
        return guests;
    }

    private static readonly LinePattern s_missing = LinePattern.Text("?");

    private static TestGuest Read(TestSection section, TestGuest defaults, FaultList faults) => defaults with
    {
        Machine = section.Node("machine") is { } machine ? TestMachineSection.Read(machine, defaults.Machine, faults) : defaults.Machine,
        Ready = section.Has("ready") ? section.Pattern("ready") ?? LinePattern.Text("not read") : defaults.Ready,
        Within = section.Seconds("within") ?? defaults.Within,
        Login = section.Node("login") is { } login ? ReadLogin(login, faults) : defaults.Login,
        Ssh = section.Node("ssh") is { } ssh ? ReadSsh(ssh, faults) : defaults.Ssh,
        Absent = section.Has("absent")
            ? [.. section.Items("absent").Select(a => TestSection.Pattern(a, "absent", faults)).OfType<LinePattern>()]
            : defaults.Absent,
    };

    private static TestLogin ReadLogin(YamlValue node, FaultList faults)
    {
        TestSection login = TestSection.Of(node, "'login'", ["user", "password"], faults);
        string? user = login.Typable("user");
        if (node is YamlMapping && !login.Has("user"))
        {
            login.Fault("user", "'login' lacks 'user'");
        }
        return new TestLogin(user ?? "", login.Typable("password"));
    }

    private static TestSsh ReadSsh(YamlValue node, FaultList faults)
    {
        TestSsh standard = new();
        TestSection ssh = TestSection.Of(node, "'ssh'", ["user", "port", "keys"], faults);
        string user = ssh.Text("user") ?? standard.User;
        if (!UserName().IsMatch(user))
        {
            ssh.Fault("user", $"'user' is '{user}', expected the name of a user of the guest");
        }
        string keys = ssh.Typable("keys") ?? (user == standard.User ? standard.KeysFile : $"/home/{user}/.ssh/authorized_keys");
        if (!keys.StartsWith('/') || keys.Contains('\n', StringComparison.Ordinal))
        {
            ssh.Fault("keys", $"'keys' is '{keys}', expected the full path of a file of the guest");
        }
        return new TestSsh(user, ssh.Number("port", 1, 65535) ?? standard.Port, keys);
    }

    [GeneratedRegex("^[a-z_][a-z0-9_-]{0,31}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserName();
}
