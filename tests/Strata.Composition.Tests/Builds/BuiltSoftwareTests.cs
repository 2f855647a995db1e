using System.Text;
using Strata.Blueprints;
using Strata.Composition.Builds;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Composition.Tests.Builds;

/// <summary>Real programs in a real room: the compiler that kernels are built with.</summary>
public sealed class BuiltSoftwareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private int _installed;

    public BuiltSoftwareTests() => _store = new ObjectStore(_folder["store"]);

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task DoAsync_ProgramInC_IsCompiledOnceAndTheSameEveryTime()
    {
        const string Source = "#include <stdio.h>\nint main(void) { puts(\"built \" __DATE__ \" \" __TIME__); return 0; }\n";
        OwnBuild build = Build(
            $"files: {{/build/src/hello.c: {{content: {Quoted(Source)}}}}}", "[gcc, -O2, -o, hello, src/hello.c]",
            "{/usr/bin/hello: {from: hello}}");
        BuildOutputs first = await DoAsync(build);
        OwnFile hello = Assert.Single(first.Files);
        Assert.Equal(("/usr/bin/hello", Modes.Program), (hello.Path.ToString(), hello.Mode));
        File.WriteAllBytes(_folder["hello"], hello.Bytes.ToArray());
        File.SetUnixFileMode(_folder["hello"], (UnixFileMode)Modes.Program);
        Assert.Equal((0, "built Jan  1 1980 00:00:00\n"), Oracle.Run(_folder["hello"]));

        // kept, and where it is not kept made anew with the same bytes
        Assert.Equal(hello.Bytes.ToArray(), Assert.Single((await DoAsync(build)).Files).Bytes.ToArray());
        Assert.Equal(1, _installed);
        Assert.Equal(hello.Bytes.ToArray(), Assert.Single((await DoAsync(build, tools: "others")).Files).Bytes.ToArray());
        Assert.Equal(2, _installed);
    }

    [SkippableFact]
    public async Task DoAsync_WhatTheRoomIs_IsTheSameEverywhereAndHoldsNothingOfTheHost()
    {
        BuildOutputs outputs = await DoAsync(Build(
            "files: {/build/given: {content: x}}",
            "[sh, -c, \"env | sort > out; umask >> out; ls / >> out; stat -c '%n %Y %a' given >> out\"]",
            "{/out: {from: out}}"));
        string[] lines = Encoding.UTF8.GetString(outputs.Files.Single().Bytes.Span).TrimEnd().Split('\n');
        Assert.Equal(
            [
                "LC_ALL=C", "PATH=/tools:/usr/bin:/usr/sbin", "PWD=/build", "SOURCE_DATE_EPOCH=315532800", "TZ=UTC", "0022",
                "bin", "build", "dev", "etc", "lib", "lib64", "proc", "sbin", "tmp", "tools", "usr", "given 315532800 644",
            ],
            lines);
    }

    [SkippableFact]
    public async Task DoAsync_FolderOfOutputs_IsTakenWithLinksAndNothingElseIs()
    {
        BuildOutputs outputs = await DoAsync(Build(
            "", "[sh, -c, \"mkdir -p out/bin; echo a > out/bin/tool; chmod 700 out/bin/tool; ln -s bin/tool out/tool; echo b > left\"]",
            "{/opt/mine: {from: out/, owner: root}}"));
        OwnFile tool = Assert.Single(outputs.Files);
        Assert.Equal(("/opt/mine/bin/tool", Modes.Program, "root"), (tool.Path.ToString(), tool.Mode, tool.Owner?.User?.Text));
        Assert.Equal(("/opt/mine/tool", "bin/tool"), (outputs.Links.Single().Path.ToString(), outputs.Links.Single().Target));
        Assert.Equal(["/opt/mine", "/opt/mine/bin"], outputs.Directories.Select(d => d.Path.ToString()).Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("[sh, -c, \"echo first; echo last >&2; exit 3\"]", "out", "sh ended with 3; its last lines:\n  ")]
    [InlineData("[no-such-program]", "out", "no-such-program ended with 127")]
    [InlineData("[sh, -c, \"echo said\"]", "out", "cannot read /build/out: it is not there; its last lines:\n  said")]
    [InlineData("[mkfifo, out]", "out", "it is no regular file; it said nothing")]
    [InlineData("[ln, -s, /etc/passwd, out]", "out", "it is or passes a link")]
    [InlineData("[ln, -s, /, out]", "out/etc/passwd", "it is or passes a link")]
    [InlineData("[sh, -c, \"mkdir out; ln -s ../../../etc/passwd out/p\"]", "out", "which leads out of the folder")]
    [InlineData("[mkdir, out]", "out", "it is a folder without a file")]
    [InlineData("[truncate, -s, 65M, out]", "out", "more than 64")]
    public async Task DoAsync_WhatFailsOrLeavesNoOutput_IsToldWithItsLastLines(string command, string from, string problem)
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => DoAsync(Build("", command, $"{{/x: {{from: {from}}}}}")));
        Assert.StartsWith("cannot build 'b' (", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, e.Message[e.Message.IndexOf("):", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_folder["store/tmp"]).SelectMany(Directory.EnumerateDirectories));
    }

    [SkippableFact]
    public async Task DoAsync_BuildThatWouldReachOut_FindsNoNetworkAndWritesNowhereElse()
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => DoAsync(Build(
            "", "[sh, -c, \"cat /proc/net/dev | grep -c :; touch /usr/x /x; exit 1\"]", "{/x: {from: x}}")));
        Assert.Contains("\n  1\n", e.Message, StringComparison.Ordinal); // a loopback of its own
        Assert.Contains("Read-only file system", e.Message, StringComparison.Ordinal);
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private OwnBuild Build(string files, string command, string outputs)
    {
        Directory.CreateDirectory(_folder["c/editions/e"]);
        File.WriteAllText(
            _folder["c/editions/e/edition.yaml"],
            "edition: e\nversion: \"1\"\nkernel: none\n"
            + $"builds:\n  b:\n    packages: [gcc]\n    command: {command}\n    outputs: {outputs}\n"
            + (files.Length > 0 ? $"    {files}\n" : ""));
        return new Catalog([_folder["c"]]).Load("e").Capabilities.Single().Builds.Single();
    }

    private Task<BuildOutputs> DoAsync(OwnBuild build, string tools = "some")
    {
        string? tree = Environment.GetEnvironmentVariable("STRATA_TEST_KERNEL_TOOLS");
        Skip.If(tree is null, "STRATA_TEST_KERNEL_TOOLS is not set; './test' sets it");
        ToolTree room = new(tree!);
        Skip.If(BuildRoom.NamespaceProblem(room) is not null, "no namespaces here");
        return new BuiltSoftware(_store, new ActionCache(_store)).DoAsync(
            build, [tools],
            _ =>
            {
                _installed++;
                return Task.FromResult(room);
            },
            CancellationToken.None);
    }
}
