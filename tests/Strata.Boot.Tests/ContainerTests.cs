using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Editions as container images, unpacked by umoci and run by crun.</summary>
public class ContainerTests
{
    [SkippableFact]
    public void Build_Shell_CrunRunsItAsTheBlueprintSays()
    {
        using Bundle bundle = new("container-shell");
        Assert.Equal(["/bin/sh"], bundle.Arguments);
        string said = bundle.Run("/bin/sh", "-c", "id -u; . /etc/os-release; echo $ID; date -d @0 +%Z; grep -c BEGIN /etc/ssl/certs/ca-certificates.crt");
        string[] lines = said.Split('\n');
        Assert.Equal(["0", "container-shell", "UTC"], lines[..3]);
        Assert.True(int.Parse(lines[3], System.Globalization.CultureInfo.InvariantCulture) > 100, said);
    }

    [SkippableFact]
    public void Build_Base_ItsLoaderFindsEveryLibraryOfOpenSsl()
    {
        using Bundle bundle = new("container-base");
        string said = bundle.Run("/lib64/ld-linux-x86-64.so.2", "--list", "/usr/lib/x86_64-linux-gnu/libssl.so.3");
        Assert.Contains("libcrypto.so.3 => /", said, StringComparison.Ordinal);
        Assert.DoesNotContain("not found", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_Static_IsSmallAndRunsAProgramWithoutRights()
    {
        string busybox = Environment.GetEnvironmentVariable("STRATA_TEST_BUSYBOX") ?? "";
        Skip.If(busybox.Length == 0, "STRATA_TEST_BUSYBOX is not set; './test' sets it");
        using Bundle bundle = new("container-static");
        Assert.InRange(bundle.ImageBytes, 100_000, 1_000_000);
        File.Copy(busybox, bundle["rootfs/busybox"]);
        Assert.Equal("uid=65532(nonroot) gid=65532(nonroot)\n/home/nonroot\n", bundle.Run("/busybox", "sh", "-c", "/busybox id; pwd"));
        Assert.Contains("Permission denied", bundle.Run("/busybox", "sh", "-c", "/busybox touch /etc/x 2>&1; true"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_PythonExample_RunsWithItsLibraryAsItsOwnUser()
    {
        using Bundle bundle = new("app-container", "python-app", version: "1");
        Assert.Equal(["/srv/app/greet.py"], bundle.Arguments);
        const string Page = "import os, sys; sys.path.insert(0, '/srv/app'); import greet; "
            + "print(os.geteuid(), greet.PAGES.get_template('page.html').render(path='/x', user='app'))";
        Assert.Equal("900 <p>app greets whoever asked for /x.</p>\n", bundle.Run("/usr/bin/python3", "-B", "-c", Page));
    }

    /// <summary>The early init serves as the program: whoever is not process 1 is told what it is, and that needs nothing beside it.</summary>
    [SkippableFact]
    public void Build_CapabilityWithADeviceProgram_BringsOneThatRuns()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["capabilities"]);
        File.WriteAllText(
            folder["capabilities/first.yaml"],
            "capability: first\ndescription: made for a test\ndevice-programs: {/usr/libexec/first: early-init}\n");
        Directory.CreateDirectory(folder["editions/one-program"]);
        File.WriteAllText(
            folder["editions/one-program/edition.yaml"],
            "edition: one-program\nversion: \"1\"\ndescription: made for a test\nkernel: none\ncapabilities: [time-zones, first]\n");
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "one-program");
        Assert.True(built.ExitCode == 0, built.All);
        Directory.CreateDirectory(folder["layout"]);
        Judged("tar", "-xf", folder["out/one-program/one-program.oci.tar"], "-C", folder["layout"]);
        string layer = Directory.GetFiles(folder["layout/blobs/sha256"]).Single(f => Oracle.Run("tar", "-tf", f) is (0, string names)
            && names.Contains("libexec/first", StringComparison.Ordinal));
        Assert.Contains("-rwxr-xr-x", Judged("tar", "-tvf", layer, "usr/libexec/first"), StringComparison.Ordinal);
        Judged("tar", "-xf", layer, "-C", folder.Path, "usr/libexec/first");
        (int exitCode, string said) = Oracle.Run(folder["usr/libexec/first"]);
        Assert.Equal((2, "strata: this is the early init of a Strata system; only a kernel starts it"), (exitCode, said.Trim()));
    }

    [SkippableFact]
    public void Build_InTwoStores_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        CopyEdition("container-static", folder["mine"], "zstd");
        Assert.Equal(0, StrataProgram.Run(folder.Path, "lock", "./mine").ExitCode);
        foreach (string store in new[] { "one", "two" })
        {
            StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "./mine", "--locked", "--store", folder["store-" + store], "--output", store);
            Assert.True(outcome.ExitCode == 0, outcome.All);
        }
        Assert.Equal(File.ReadAllBytes(folder["one/container-static/container-static.oci.tar"]), File.ReadAllBytes(folder["two/container-static/container-static.oci.tar"]));
        (int exitCode, string said) = Oracle.Run(
            "skopeo", "--insecure-policy", "copy", "--dest-compress-format", "gzip", "oci-archive:" + folder["one/container-static/container-static.oci.tar"], "dir:" + folder["copy"]);
        Assert.True(exitCode == 0, said); // every layer decompressed and its digests checked
    }

    [SkippableFact]
    public void Build_BootableImageWithoutKernel_SaysWhatItIs()
    {
        using TemporaryFolder folder = new();
        Failure.Says(StrataProgram.Run(folder.Path, "build", "container-static", "--image", "disk"), 1, "container-static", "it has no kernel", "--image oci");
    }

    [SkippableFact]
    public void Build_LargerThanItsBudget_FailsAndNamesTheLargest()
    {
        using TemporaryFolder folder = new();
        CopyEdition("container-static", folder["mine"], "gzip");
        string blueprint = folder["mine/edition.yaml"];
        File.WriteAllText(blueprint, File.ReadAllText(blueprint).Replace("image: 1 MB", "image: 100 KiB", StringComparison.Ordinal));
        Failure.Says(StrataProgram.Run(folder.Path, "build", "./mine"), 1, "the container image takes", "its budget is 100 KiB", "tzdata");
    }

    private static string Judged(string program, params string[] arguments)
    {
        (int exitCode, string said) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, said);
        return said;
    }

    private static void CopyEdition(string name, string folder, string compression)
    {
        Directory.CreateDirectory(folder);
        string text = File.ReadAllText(Path.Combine(Repository.Root, "editions", name, "edition.yaml"));
        File.WriteAllText(Path.Combine(folder, "edition.yaml"), text.Replace("container:\n", $"container:\n  compression: {compression}\n", StringComparison.Ordinal));
    }

    /// <summary>An image built and unpacked into what OCI runtimes start.</summary>
    private sealed class Bundle : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Bundle(string edition, string? example = null, string version = "0.1")
        {
            Skip.IfNot(Environment.IsPrivilegedProcess, "the owners of a container's files can only be made by root");
            string work = example is null ? _folder.Path : Example.CopyTo(_folder, example);
            StrataProgram.Outcome built = StrataProgram.Run(work, "build", edition);
            Assert.True(built.ExitCode == 0, built.All);
            string archive = Path.Combine(work, $"out/{edition}/{edition}.oci.tar");
            ImageBytes = new FileInfo(archive).Length;
            Directory.CreateDirectory(_folder["layout"]);
            Judged("tar", "-xf", archive, "-C", _folder["layout"]);
            Judged("umoci", "unpack", "--image", $"{_folder["layout"]}:{edition}:{version}", _folder["bundle"]);
            Arguments = [.. Config()["process"]!["args"]!.AsArray().Select(a => (string)a!)];
        }

        public long ImageBytes { get; }

        public IReadOnlyList<string> Arguments { get; }

        public string this[string path] => _folder["bundle/" + path];

        public string Run(params string[] arguments)
        {
            JsonNode config = Config();
            config["process"]!["terminal"] = false;
            config["process"]!["args"] = new JsonArray([.. arguments.Select(a => JsonValue.Create(a))]);
            File.WriteAllText(this["config.json"], config.ToJsonString());
            // crun knows no mixed control groups, which some hosts still have: it sees the second version alone, in a mount namespace of its own
            return Judged(
                "unshare", "--mount", "sh", "-c", "mount -t cgroup2 none /sys/fs/cgroup && exec crun --root \"$1\" --cgroup-manager=disabled run -b \"$2\" \"$3\"",
                "sh", _folder["state"], _folder["bundle"], Path.GetFileName(_folder.Path));
        }

        public void Dispose() => _folder.Dispose();

        private JsonNode Config() => JsonNode.Parse(File.ReadAllText(this["config.json"]))!;
    }
}
