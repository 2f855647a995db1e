using System.Diagnostics;
using System.Text;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Kernel.Tests.Building;

/// <summary>A build folder as a hostile build leaves it: nothing beside it is read, whatever its files say.</summary>
public sealed class KernelHarvestTests : IDisposable
{
    private const string Secret = "PRIVATE KEY OF THE HOST USER";
    private const string Modules = "installed/lib/modules/6.12.1-x";

    private readonly TemporaryFolder _home = new();
    private readonly ObjectStore _store;

    public KernelHarvestTests()
    {
        _store = new ObjectStore(_home["store"]);
        File.WriteAllText(_home["secret"], Secret);
        File.WriteAllText(_home["log"], "CC x.o\n");
        Write("include/config/kernel.release", "6.12.1-x\n");
        Write("System.map", "ffffffff81000000 T _text\nffffffff81002000 B _end\n");
        Write("modules.builtin", "kernel/lib/crc16.ko\n");
        foreach (string file in (string[])["arch/x86/boot/bzImage", "vmlinux", "vmlinux.map", "modules.builtin.modinfo",
            Modules + "/kernel/lib/crc7.ko"])
        {
            Write(file, file);
        }
        Write(Modules + "/modules.order", "kernel/lib/crc7.ko\n");
    }

    public void Dispose()
    {
        _store.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Collect_WhatAKernelsBuildLeaves_IsKept()
    {
        ActionResult result = await CollectAsync();
        Assert.Equal(
            [
                "config", "kernel", "link-map", "log", "modules/kernel/lib/crc7.ko", "modules/modules.builtin",
                "modules/modules.builtin.modinfo", "modules/modules.order",
                "system-map", "vmlinux",
            ],
            result.Outputs.Select(o => o.Name));
        Assert.Equal(Sha256Digest.Of(Encoding.UTF8.GetBytes(Modules + "/kernel/lib/crc7.ko")), result["modules/kernel/lib/crc7.ko"].Digest);
        Assert.Equal(("6.12.1-x", "8192"), (result.Notes["release"], result.Notes["plain-size"]));
    }

    [Fact]
    public async Task Collect_KernelWithoutModules_HasAnEmptyList()
    {
        Directory.Delete(_home["build/installed"], recursive: true);
        Assert.Equal((Sha256Digest.Of([]), 0L),
            ((await CollectAsync())["modules/modules.order"].Digest, (await CollectAsync())["modules/modules.order"].Size));
    }

    [Theory]
    [InlineData("modules.builtin")]
    [InlineData("System.map")]
    [InlineData("arch/x86/boot/bzImage")]
    [InlineData("vmlinux")]
    [InlineData("include/config/kernel.release")]
    [InlineData(Modules + "/modules.order")]
    [InlineData(Modules + "/kernel/lib/crc7.ko")]
    public async Task Collect_LinkToAFileOfTheHost_IsRefused(string name)
    {
        File.Delete(_home["build/" + name]);
        File.CreateSymbolicLink(_home["build/" + name], _home["secret"]);
        await RefusedAsync("link");
    }

    [Fact]
    public async Task Collect_FolderThatIsALinkToTheHost_IsRefused()
    {
        Directory.CreateDirectory(_home["elsewhere/kernel/lib"]);
        File.WriteAllText(_home["elsewhere/kernel/lib/crc7.ko"], Secret);
        Directory.Delete(_home[$"build/{Modules}/kernel"], recursive: true);
        File.CreateSymbolicLink(_home[$"build/{Modules}/kernel"], _home["elsewhere/kernel"]);
        await RefusedAsync("link");
    }

    [Theory]
    [InlineData("HOME/secret")] // an absolute line
    [InlineData("kernel/../../../../../../secret")]
    [InlineData("../../../../../secret")]
    [InlineData("kernel//lib/crc7.ko")]
    [InlineData("kernel/./lib/crc7.ko")]
    [InlineData("kernel/lib/../lib/crc7.ko")]
    [InlineData("updates/crc7.ko")]
    [InlineData("kernel/lib/crc7.ko\nkernel/lib/crc7.ko")]
    [InlineData("kernel/\u001b[2J.ko")]
    [InlineData("")]
    public async Task Collect_LineOfModulesThatNamesSomethingElse_IsRefused(string line)
    {
        Write(Modules + "/modules.order", line.Replace("HOME", _home.Path, StringComparison.Ordinal) + "\n");
        await RefusedAsync("names no module below kernel/");
    }

    [Theory]
    [InlineData("../../../..")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task Collect_ReleaseThatIsNoName_IsRefused(string release)
    {
        Write("include/config/kernel.release", release + "\n");
        await RefusedAsync("its release is no name");
    }

    [Theory]
    [InlineData("System.map")]
    [InlineData("vmlinux")]
    [InlineData(Modules + "/kernel/lib/crc7.ko")]
    public async Task Collect_Fifo_IsRefusedAtOnce(string name)
    {
        File.Delete(_home["build/" + name]);
        using (Process made = Process.Start("mkfifo", [_home["build/" + name]]))
        {
            await made.WaitForExitAsync();
        }
        await RefusedAsync("no regular file");
    }

    [Fact]
    public async Task Collect_FileLargerThanAnyKernelHas_IsRefused()
    {
        using (FileStream sparse = File.Create(_home["build/vmlinux"]))
        {
            sparse.SetLength(5L << 30);
        }
        await RefusedAsync("more than 4");
    }

    [Fact]
    public async Task Collect_SymbolsWhoseDistanceIsNoSize_IsRefused()
    {
        Write("System.map", "0000000000000000 T _text\nffffffffffffffff B _end\n");
        await RefusedAsync("cannot tell the kernel's plain size");
    }

    private async Task RefusedAsync(string why)
    {
        Task<ActionResult> collected = CollectAsync();
        Assert.True(await Task.WhenAny(collected, Task.Delay(TimeSpan.FromMinutes(1))) == collected, "it waits for something");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => collected);
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', e.Message);
        Assert.False(_store.Contains(Sha256Digest.Of(Encoding.UTF8.GetBytes(Secret))), "the file beside the folder is in the store");
    }

    private Task<ActionResult> CollectAsync()
    {
        byte[] config = "CONFIG_MODULES=y\n"u8.ToArray();
        KernelHarvest harvest = new(_store, "evil", KernelArchitecture.Named("amd64"));
        return Task.Run(() => harvest.CollectAsync(
            _home["build"], new ActionOutput("config", _store.AddBytes(config), config.Length), _home["log"],
            KernelConfig.Parse("CONFIG_MODULES=y\n"), CancellationToken.None));
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home["build/" + name])!);
        File.WriteAllText(_home["build/" + name], text);
    }
}
