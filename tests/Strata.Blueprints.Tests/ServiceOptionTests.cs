using Strata.Blueprints.Services;
using Strata.Composition.Tests;
using Strata.Core;

namespace Strata.Blueprints.Tests;

/// <summary>Words for how a service runs: what they mean, what is refused, and who can do what.</summary>
public sealed class ServiceOptionTests : IDisposable
{
    private readonly Workbench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Load_AllWords_AreRead()
    {
        ServiceOptions options = Load("systemd", """
            web:
                command: [/x]
                user: www
                group: adm
                environment: {A: b, N: 1}
                working-directory: /srv
                after: [db]
                requires: [db]
                ready: {port: 80, within: 5}
                restart: {when: failure, delay: 2, longest: 7}
                stop: {signal: QUIT, within: 9}
                nice: -5
                limits: {memory: 64 MiB, cpu: 150, files: 1024, processes: 20}
                capabilities: [net_bind_service]
                read-only: [/etc]
                private-tmp: true
                no-new-privileges: true
                directories: [/run/web]
                log: console
              db: {command: [/y]}
            """)["web"].Options;
        Assert.Equal(("www", "adm", "/srv", -5), (options.User, options.Group, options.WorkingDirectory!.Value.ToString(), options.Nice));
        Assert.Equal([("A", "b"), ("N", "1")], options.Environment);
        Assert.Equal(["db", "db"], options.After!.Concat(options.Requires!).Select(n => n.Text));
        Assert.Equal(new Readiness(ReadyKind.Port, "80", 5), options.Ready);
        Assert.Equal(new RestartPolicy(RestartWhen.Failure, 2, 7), options.Restart);
        Assert.Equal(new StopPolicy("QUIT", 9), options.Stop);
        Assert.Equal(new ServiceLimits { Memory = ByteSize.FromMiB(64), Cpu = 150, Files = 1024, Processes = 20 }, options.Limits);
        Assert.Equal(["net_bind_service"], options.Capabilities);
        Assert.Equal((true, true, ServiceLog.Console), (options.PrivateTmp, options.NoNewPrivileges, options.Log));
        Assert.Equal(["/etc", "/run/web"], options.ReadOnly!.Concat(options.Directories!).Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("restart: never", RestartWhen.Never, 1, 60)]
    [InlineData("restart: {delay: 90}", RestartWhen.Always, 90, 90)]
    [InlineData("restart: {longest: 0, delay: 0}", RestartWhen.Always, 0, 0)]
    public void Load_Restart_HasItsUsualPauses(string word, RestartWhen when, int delay, int longest) =>
        Assert.Equal(new RestartPolicy(when, delay, longest), Load("busybox", $"a: {{command: [/x], {word}}}")["a"].Options.Restart);

    [Fact]
    public void Load_EditionThatChangesOneWord_KeepsTheOthersAndTheGroupGoesWithTheUser()
    {
        Write("busybox", "a: {command: [/x], user: u, group: g, nice: 3, log: none}");
        Service service = Loaded("services: {a: {user: v, nice: 4}}")["a"];
        Assert.Equal(("v", null, 4, ServiceLog.None),
            (service.Options.User, service.Options.Group, service.Options.Nice, service.Options.Log));
        Assert.Equal(["/x"], service.Command);
    }

    [Theory]
    [InlineData("busybox", "after: [b]", "service 'a' comes after 'b', and no capability of this edition has a service of that name")]
    [InlineData("busybox", "requires: [aa]", "(did you mean 'a'?)")]
    [InlineData("busybox", "after: [a]", "services wait for each other in a circle: a → a")]
    [InlineData("busybox", "kind: setup, ready: {port: 1}", "'ready.port' means nothing for service 'a', which is a setup")]
    [InlineData("busybox", "kind: console, terminal: tty1, nice: 1", "'nice' means nothing for service 'a', which is a console")]
    [InlineData("busybox", "limits: {memory: 2 MiB}",
        "'limits.memory' of service 'a' is nothing that init-system busybox can do; openrc and systemd can")]
    [InlineData("openrc", "capabilities: [chown]", "'capabilities' of service 'a' is nothing that init-system openrc can do; systemd can")]
    [InlineData("openrc", "ready: {notify: true}", "'ready.notify' of service 'a'")]
    [InlineData("systemd", "ready: {port: 1, file: /x}", "'ready' names one thing to look at")]
    [InlineData("systemd", "ready: {within: 3}", "'ready' names one thing to look at")]
    [InlineData("systemd", "restart: {delay: 5, longest: 4}", "the longest delay is 4 s, and the first already 5 s")]
    [InlineData("systemd", "restart: sometimes", "'restart' is 'sometimes'; expected always or failure or never")]
    [InlineData("systemd", "stop: {signal: KILL}", "'signal' is 'KILL'")]
    [InlineData("systemd", "capabilities: [net_bind]", "'net_bind' is no capability of the kernel")]
    [InlineData("systemd", "directories: [/etc/a]",
        "'/etc/a' cannot be made when the service starts; expected a directory below /run, /var/lib, /var/cache, /var/log")]
    [InlineData("systemd", "read-only: [\"/a b\"]", "'/a b' has blanks or control characters")]
    [InlineData("systemd", "environment: {\"A B\": x}", "'A B' is no name of a variable")]
    [InlineData("systemd", "environment: {A: \"x\\ny\"}", "variable 'A' has control characters")]
    [InlineData("systemd", "user: Root", "'Root' is no account name")]
    [InlineData("systemd", "limits: {memory: 1 KiB}", "less than 1 MiB of memory starts no program")]
    [InlineData("systemd", "nice: 20", "'nice' is '20'; expected a whole number from -20 to 19")]
    public void Load_WordsThatCannotBe_AreFaultsWithTheirPlace(string init, string words, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => Load(init, $"a: {{command: [/x], {words}}}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Matches(@"c\.yaml:4:\d+: ", e.Message);
    }

    [Theory]
    [InlineData("a: {kind: setup, command: [/x], after: [b]}\n  b: {command: [/y]}", "'a' is a setup, which ends before 'b' starts")]
    [InlineData("a: {command: [/x], ready: {port: 80}}\n  b: {command: [/y], ready: {port: 80}}",
        "port 80 is what service 'b' of capability 'c' listens on and 'a' of 'c' (")]
    [InlineData("a: {kind: shutdown, command: [/x], after: [b]}\n  b: {command: [/y]}", "one of them runs when the system goes down")]
    [InlineData("a: {command: [/x], after: [b]}\n  b: {command: [/y], requires: [c]}\n  c: {command: [/z], after: [a]}",
        "in a circle: a → b → c → a")]
    public void Load_OrderThatCannotBe_IsAFault(string services, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => Load("busybox", services));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sort_Services_KeepTheOrderOfTheFileWhereNothingIsSaid() => Assert.Equal(
        ["b", "a", "c", "e", "d"],
        ServiceOrder.Sort([.. Load("busybox", """
            a: {command: [/x], after: [b]}
              b: {command: [/x]}
              c: {command: [/x]}
              d: {command: [/x], requires: [e]}
              e: {command: [/x]}
            """).Values]).Select(s => s.Name));

    private Dictionary<string, Service> Load(string init, string services)
    {
        Write(init, services);
        return Loaded("");
    }

    private void Write(string init, string services) => _bench.Write(
        "capabilities/c.yaml", $"capability: c\ndescription: d\nservices:\n  {services}\nprovides: {{init-system: {init}}}\n");

    private Dictionary<string, Service> Loaded(string rest)
    {
        _bench.Write("editions/e/edition.yaml", $"edition: e\nversion: \"1\"\nkernel: none\ncapabilities: [c]\n{rest}\n");
        return _bench.Catalog.Load("e").Capabilities.SelectMany(c => c.Services).ToDictionary(s => s.Name);
    }
}
