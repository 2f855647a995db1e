using System.Globalization;
using Strata.Benchmarks;
using Strata.Benchmarks.Peers;
using Strata.Core;
using Strata.Store;
using Strata.Toolbox;

// benchmarks [--rounds N] [--store FOLDER] [--work FOLDER]; see docs/benchmarks.md
// benchmarks layers --lock FILE --judges FOLDER [--rounds N] [--store FOLDER] [--only CODEC]: the section on layers
// benchmarks kernel-start --qemu TREE --busybox FILE NAME=BZIMAGE ...: docs/kernel-start.md
// benchmarks inits --qemu TREE [--rounds N] [--store FOLDER]: docs/inits.md
// benchmarks peers --tools TREE [--rounds N] [--store FOLDER] [--work FOLDER]: docs/benchmarks-peers.md; the tree is of 'strata toolbox
// install peers'
// benchmarks growth [--rounds N] [--store FOLDER] [--work FOLDER]: docs/benchmarks-growth.md
// benchmarks menu-start --qemu TREE --installer TREE --nano FOLDER: docs/nano-start.md; trees are of 'strata toolbox install', the folder
// of 'build --image pxe'
if (args is [PackageMemory.Argument, string package, string packageStore])
{
    return await PackageMemory.RunAsync(package, packageStore);
}

if (await LayerWork.TryRunAsync(args) is int done)
{
    return done;
}
if (args is ["layers", .. string[] layerArguments])
{
    Dictionary<string, string> settings = layerArguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    string folder = Directory.CreateTempSubdirectory("strata-bench-").FullName;
    try
    {
        LayerReport report = new(
            StoreLocation.Resolve(settings.GetValueOrDefault("--store")).Path,
            settings["--lock"],
            settings["--judges"],
            folder,
            int.Parse(settings.GetValueOrDefault("--rounds", "3"), CultureInfo.InvariantCulture),
            settings.GetValueOrDefault("--only"));
        string target = Path.Combine(FindHome(), "docs", "benchmarks.md");
        string section = await report.MakeAsync();
        File.WriteAllText(target, Before(target) + section);
        Console.WriteLine(section);
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

if (args is ["kernel-start", "--qemu", string qemu, "--busybox", string busybox, .. string[] kernels])
{
    string folder = Directory.CreateTempSubdirectory("strata-bench-").FullName;
    try
    {
        KernelStart start = new(new ToolTree(qemu), busybox, [.. kernels.Select(k => k.Split('=', 2)).Select(k => (k[0], k[1]))],
            rounds: 7);
        string section = await start.MakeAsync(folder);
        File.WriteAllText(Path.Combine(FindHome(), "docs", "kernel-start.md"), section);
        Console.WriteLine(section);
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

if (args is ["inits", "--qemu", string initQemu, .. string[] initArguments])
{
    Dictionary<string, string> initOptions = initArguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    string folder = Directory.CreateTempSubdirectory("strata-bench-").FullName;
    try
    {
        int rounds = int.Parse(initOptions.GetValueOrDefault("--rounds", "5"), CultureInfo.InvariantCulture);
        Settings settings = new(FindHome(), StoreLocation.Resolve(initOptions.GetValueOrDefault("--store")).Path, folder, rounds);
        CommandTimer timer = new(new Dictionary<string, string> { ["STRATA_HOME"] = settings.Home, ["STRATA_STORE"] = settings.Store });
        string document = await new InitStart(new ToolTree(initQemu), timer, settings).MakeAsync();
        File.WriteAllText(Path.Combine(FindHome(), "docs", "inits.md"), document);
        Console.WriteLine(document);
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

if (args is ["peers", "--tools", string peers, .. string[] peerArguments])
{
    return InFolder(peerArguments, settings => Write(settings, "benchmarks-peers.md", new PeerReport(settings, new ToolTree(peers))
        .Make()));
}

if (args is ["growth", .. string[] growthArguments])
{
    return InFolder(growthArguments, settings =>
    {
        (string document, string plot) = new GrowthReport(settings).Make();
        Write(settings, "benchmarks-growth.md", document);
        Write(settings, "benchmarks-growth.svg", plot);
    });
}

if (args is ["menu-start", "--qemu", string menuQemu, "--installer", string installer, "--nano", string nano])
{
    string document = await new MenuStart(new ToolTree(menuQemu), MenuStart.NanoIn(nano), MenuStart.InstallerIn(installer), rounds: 7)
        .MakeAsync();
    File.WriteAllText(Path.Combine(FindHome(), "docs", "nano-start.md"), document);
    Console.WriteLine(document);
    return 0;
}

return InFolder(args, settings =>
{
    string text = new Report(settings).Make();
    string target = Path.Combine(settings.Home, "docs", "benchmarks.md");
    File.WriteAllText(target, text + (File.Exists(target) ? "\n" + File.ReadAllText(target)[Before(target).Length..] : ""));
    Console.WriteLine(text);
});

// measures in a folder that is gone afterwards
static int InFolder(string[] arguments, Action<Settings> measure)
{
    try
    {
        Dictionary<string, string> options = Options(arguments);
        string work = options.GetValueOrDefault("--work", Path.GetTempPath());
        string folder = Directory.CreateDirectory(Path.Combine(work, $"strata-bench-{Environment.ProcessId}")).FullName;
        try
        {
            string store = StoreLocation.Resolve(options.GetValueOrDefault("--store")).Path;
            measure(new Settings(FindHome(), store, folder,
                int.Parse(options.GetValueOrDefault("--rounds", "3"), CultureInfo.InvariantCulture)));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
    catch (StrataException e)
    {
        Console.Error.WriteLine($"error: {e.Message}");
        return 1;
    }
}

static void Write(Settings settings, string name, string text)
{
    File.WriteAllText(Path.Combine(settings.Home, "docs", name), text);
    Console.WriteLine(text);
}

static Dictionary<string, string> Options(string[] arguments)
{
    string[] known = ["--rounds", "--store", "--work"];
    return arguments.Length % 2 == 0 && arguments.Where((_, i) => i % 2 == 0).All(known.Contains)
        ? arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1])
        : throw new StrataException($"cannot measure: expected pairs of {string.Join(", ", known)} and a value");
}

// the section on layers is measured by itself and stays when the rest is measured again
static string Before(string target)
{
    string text = File.Exists(target) ? File.ReadAllText(target) : "";
    int section = text.IndexOf("## Layers\n", StringComparison.Ordinal);
    return section < 0 ? text.TrimEnd() + "\n\n" : text[..section];
}

static string FindHome()
{
    string? folder = AppContext.BaseDirectory;
    while (folder is not null && !File.Exists(Path.Combine(folder, "Strata.slnx")))
    {
        folder = Path.GetDirectoryName(folder);
    }
    return folder ?? throw new StrataException("cannot measure: this program does not lie below a checkout of Strata");
}
