using Strata.Agent.Sources;
using Strata.Agent.Updating;
using Strata.Core;
using Strata.Testing.Updates;
using Strata.Updates.Applying;
using Strata.Updates.Releases;
using Strata.Updates.Storage;
using Xunit.Abstractions;

namespace Strata.Agent.Tests.Updating;

/// <summary>Whatever a server does: the release is there, or it failed and says so; never are there other bytes.</summary>
public sealed class FaultServerTests(ITestOutputHelper output) : IDisposable
{
    private const string Curl = "/usr/bin/curl";

    private static readonly WebSource s_withoutCurl = new("http://127.0.0.1:1", null, "/nowhere/curl");

    private readonly PublishedSite _site = new();

    public void Dispose() => _site.Dispose();

    /// <summary>Each fault in every answer, and in every answer about objects alone: what may come of it.</summary>
    [SkippableTheory]
    [InlineData(nameof(ServerFault.None), true)]
    [InlineData(nameof(ServerFault.NoRanges), true)]
    [InlineData(nameof(ServerFault.RedirectElsewhere), true)]
    [InlineData(nameof(ServerFault.MoreThanAsked), true)]
    [InlineData(nameof(ServerFault.Status500), false)]
    [InlineData(nameof(ServerFault.Status503), false)]
    [InlineData(nameof(ServerFault.Status404), false)]
    [InlineData(nameof(ServerFault.Status403), false)]
    [InlineData(nameof(ServerFault.OtherRange), false)]
    [InlineData(nameof(ServerFault.RangeWithoutPlace), false)]
    [InlineData(nameof(ServerFault.ShorterThanSaid), false)]
    [InlineData(nameof(ServerFault.Flip), false)]
    [InlineData(nameof(ServerFault.Portal), false)]
    [InlineData(nameof(ServerFault.RedirectLoop), false)]
    [InlineData(nameof(ServerFault.Compressed), false)]
    [InlineData(nameof(ServerFault.NoHead), false)]
    [InlineData(nameof(ServerFault.EndlessHead), false)]
    [InlineData(nameof(ServerFault.OtherFile), false)]
    public async Task Update_FaultInEachAnswerAboutObjects_SucceedsOrFailsCleanly(string name, bool succeeds)
    {
        Skip.IfNot(File.Exists(Curl), "there is no curl");
        ServerFault fault = Enum.Parse<ServerFault>(name);
        (SampleMachine machine, PublishedRelease target) = await StartAsync();
        using (FaultServer server = new(_site.FolderPath, (_, path) => IsBelow(path, "/strata/") ? fault : ServerFault.None))
        {
            string? refusal = Run(machine, server.Address);
            output.WriteLine($"{name}: {refusal ?? "success"}");
            Assert.Equal(succeeds, refusal is null);
            Demand(machine, target, isThere: succeeds);
        }
        Finish(machine, target);
    }

    [SkippableTheory]
    [InlineData(nameof(ServerFault.Status500))]
    [InlineData(nameof(ServerFault.Status404))]
    [InlineData(nameof(ServerFault.Flip))]
    [InlineData(nameof(ServerFault.Portal))]
    [InlineData(nameof(ServerFault.RedirectLoop))]
    [InlineData(nameof(ServerFault.Reset))]
    public async Task Update_FaultInEachAnswerAboutMetadata_ChangesNothing(string name)
    {
        Skip.IfNot(File.Exists(Curl), "there is no curl");
        ServerFault fault = Enum.Parse<ServerFault>(name);
        (SampleMachine machine, PublishedRelease target) = await StartAsync();
        string before = machine.Text;
        using (FaultServer server = new(_site.FolderPath, (_, path) => IsBelow(path, "/metadata/timestamp") ? fault : ServerFault.None))
        {
            Assert.NotNull(Run(machine, server.Address));
        }
        Assert.Equal(before, machine.Text);
        Finish(machine, target);
    }

    /// <summary>A connection that breaks in the middle of each answer: blocks that came whole are kept, and it comes to an end.</summary>
    [SkippableFact]
    public async Task Update_EachConnectionBreaksOnce_Succeeds()
    {
        Skip.IfNot(File.Exists(Curl), "there is no curl");
        (SampleMachine machine, PublishedRelease target) = await StartAsync();
        using FaultServer server = new(_site.FolderPath, (number, _) => number % 2 == 0 ? ServerFault.Reset : ServerFault.None);
        Assert.Null(Run(machine, server.Address));
        Demand(machine, target, isThere: true);
    }

    /// <summary>Faults by chance, of which a seed tells which: an update that fails goes on the next time.</summary>
    [SkippableFact]
    public async Task Update_RandomFaults_SucceedsOrFailsCleanlyAndConverges()
    {
        Skip.IfNot(File.Exists(Curl), "there is no curl");
        const int Seeds = 24;
        int failed = 0;
        (SampleMachine start, PublishedRelease target) = await StartAsync();
        ServerFault[] faults = Enum.GetValues<ServerFault>();
        for (int seed = 0; seed < Seeds; seed++)
        {
            SampleMachine machine = start.Copy();
            Random random = new(seed);
            bool isThere = false;
            for (int run = 0; run < 3; run++)
            {
                int most = 2 + (seed % 5); // one in so many answers is right
                using FaultServer server = new(
                    _site.FolderPath, (_, _) => random.Next(10) < most ? faults[random.Next(faults.Length)] : ServerFault.None);
                string? refusal = Run(machine, server.Address);
                failed += refusal is null ? 0 : 1;
                isThere |= refusal is null;
                Demand(machine, target, isThere);
            }
            Finish(machine, target);
        }
        output.WriteLine($"{failed} of {3 * Seeds} runs failed");
        Assert.InRange(failed, 5, (3 * Seeds) - 5);
    }

    [SkippableFact]
    public void Update_SlowDrip_IsGivenUpAndSaysSo()
    {
        Skip.IfNot(File.Exists(Curl), "there is no curl");
        using Strata.Store.Tests.ScriptedServer server = new(async (_, answer) =>
        {
            await answer.HeadAsync(200, 1000);
            for (int i = 0; i < 1000; i++)
            {
                await answer.SendAsync("."u8.ToArray());
                await Task.Delay(200, answer.Ended);
            }
        });
        WebSource source = new(server.Address.ToString().TrimEnd('/'), null, Curl, slowSeconds: 1);
        SourceException fault = Assert.Throws<SourceException>(() => source.TryRead("metadata/timestamp.json", 2000));
        Assert.EndsWith("it is too slow", fault.Message, StringComparison.Ordinal);
        Assert.Equal(SourceFault.Passing, fault.Fault);
    }

    [SkippableFact]
    public void TryRead_NobodyThere_SaysSo()
    {
        Skip.IfNot(File.Exists(Curl), "there is no curl");
        SourceException fault = Assert.Throws<SourceException>(() => new WebSource("http://127.0.0.1:1", null, Curl).TryRead("x", 10));
        Assert.Equal("cannot fetch x from http://127.0.0.1:1: nobody answers there", fault.Message);
        fault = Assert.Throws<SourceException>(() => new WebSource("ftp://127.0.0.1", null, Curl).TryRead("x", 10));
        Assert.EndsWith("neither http nor https is spoken there", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_NoCurl_NamesTheCapability()
    {
        SourceException fault = Assert.Throws<SourceException>(() => s_withoutCurl.TryRead("x", 10));
        Assert.StartsWith("cannot fetch from http://127.0.0.1:1: start /nowhere/curl: ", fault.Message, StringComparison.Ordinal);
        Assert.Equal("The capability 'download' brings curl.", fault.Hint);
    }

    private async Task<(SampleMachine Machine, PublishedRelease Target)> StartAsync()
    {
        PublishedRelease old = await _site.PublishAsync(1, ("base", "abcdefghijklmno"), ("net", "pqrs"));
        SampleMachine machine = SampleMachine.Built(_site.Objects, old);
        Assert.Null(Run(machine, null)); // it learns which release it has
        return (machine, await _site.PublishAsync(2, ("base", "abXdefYhijklZno"), ("net", "pqrs"), ("new", "TUVWab")));
    }

    /// <summary>Updates from a server, or from the folder itself; the message when it fails.</summary>
    private string? Run(SampleMachine machine, string? address)
    {
        IUpdateSource source = address is null ? new FolderSource(new Strata.Agent.Storage.MountedStorage(_site.FolderPath), "the folder")
            : new WebSource(address, null, Curl, slowSeconds: 2);
        try
        {
            UpdateRun run = new(machine.Store, machine.Boot, source, _site.Clock, SampleMachine.Quiet());
            run.Apply(run.Find(_site.Root, machine.Running.Release, null, isKept: true), again: false);
            return null;
        }
        catch (StrataException e)
        {
            return e.Message;
        }
    }

    /// <summary>With a server that is as it should be it ends where it would have ended.</summary>
    private void Finish(SampleMachine machine, PublishedRelease target)
    {
        Assert.Null(Run(machine, null));
        Demand(machine, target, isThere: true);
        Assert.Empty(machine.Volume.List(DeviceStore.Incoming));
    }

    private static bool IsBelow(string path, string folder) => path.StartsWith(folder, StringComparison.Ordinal);

    private static void Demand(SampleMachine machine, PublishedRelease target, bool isThere)
    {
        foreach ((string path, byte[] content) in machine.Volume.Files.Where(f => IsBelow(f.Path, Medium.ObjectFolder)))
        {
            Assert.Equal(StorageSteps.Split(path).Name, Sha256Digest.Of(content).ToString());
        }
        BootImage[] images = [.. machine.Boot.List()];
        Assert.Contains(images, i => i.IsRunning && i.State == BootImageState.Proven);
        Assert.Equal(isThere, images.Any(i => i.Digest == target.Uki.Digest));
        Assert.Empty(new StoreCheck(machine.Store).Run());
        foreach (BootImage image in images)
        {
            Assert.NotNull(machine.Store.ReadReleases().Of(image.Digest));
        }
    }
}
