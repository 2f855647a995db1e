using Strata.Blueprints;
using Strata.Core;
using Strata.Editions.Installing;
using Strata.Editions.Locks;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Editions.Tests.Census;

/// <summary>
/// <c>strata ledger --learn</c> of a package that is made here, by dpkg in its room: minutes, most of them for what every system has.
/// </summary>
public sealed class PackageLearnerTests(RealArchive archive) : IClassFixture<RealArchive>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task LearnAsync_PackageWithScripts_IsToldInWordsOfACapability()
    {
        Directory.CreateDirectory(_folder["e"]);
        await File.WriteAllBytesAsync(_folder["e/tool.deb"], new DebBuilder("tool").Field("Maintainer", "Nobody <nobody@example.org>")
            .Field("Description", "made for a test").File("/usr/bin/tool", "#!/bin/sh\n", Modes.Program)
            .Script("postinst", """
                #!/bin/sh
                set -e
                echo _tool:x:777: >> /etc/group
                mkdir -p /var/lib/tool
                chgrp _tool /var/lib/tool
                chmod 2750 /var/lib/tool
                echo said > /etc/tool.conf
                od -An -N8 -tx1 /dev/urandom > /etc/tool.key
                chmod u+s /usr/bin/tool
                """).Build());
        await File.WriteAllTextAsync(_folder["e/edition.yaml"], """
            edition: e
            version: "1"
            kernel: none
            capabilities: [base]
            packages: {tool: {deb: tool.deb}}

            """);
        Blueprint blueprint = new Catalog([Repository.Root]).Load(_folder["e"]);
        ToolSet every = ToolSet.LoadAll(Path.Combine(Repository.Root, "toolbox/tools.yaml")).Single(s => s.Name == DpkgRoom.Tools);
        LockChoice choice = new(new EditionLocks(archive.Services), archive.Services, isOffline: false, trustsLock: false);
        string words;
        try
        {
            words = await new PackageLearner(archive.Services, choice, every).LearnAsync(blueprint, "tool", CancellationToken.None);
        }
        catch (StrataException e) when (e.Message.StartsWith("cannot learn what tool does: ", StringComparison.Ordinal))
        {
            throw new SkipException(e.Message); // this host has no room for dpkg
        }
        Assert.Equal(
            """
            # What dpkg's scripts made of tool 1.0, beside 0 packages that it depends on. Paste what your
            # image needs into a capability; what 'strata ledger EDITION --explain tool' calls covered is made already.

            packages:
              tool:
                modes:
                  /usr/bin/tool: "4755"
            groups:
              _tool: {id: 777}
            directories:
              /var/lib/tool: {mode: "2750", owner: root, group: _tool}
            files:
              /etc/tool.conf: {mode: "0644", content: "said\n"}
            # /etc/tool.key is not the same in two installations, so no image should have it

            # effects/own.yaml, where a script cannot be followed:
            # scripts:
            #   tool:
            #     postinst: {irrelevant: what it makes is declared in capability NAME}

            """, words);
    }

    public void Dispose() => _folder.Dispose();
}
