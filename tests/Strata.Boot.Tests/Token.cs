using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>A token of SoftHSM, and the program where its library can be loaded.</summary>
/// <remarks>
/// The library wants the C library of its archive, which may be newer than the host's; a process has one. So the program runs as it would
/// on a host of that archive: a copy of its launcher names the loader of the tree, and finds the tree's libraries.
/// </remarks>
internal sealed class Token
{
    public const string Pin = "4711";
    private const int Interpreter = 3; // PT_INTERP

    private readonly TemporaryFolder _folder;
    private readonly ToolTree _tree;
    private readonly Dictionary<string, string?> _environment;

    /// <param name="folder">Gets <c>tokens</c>, <c>softhsm2.conf</c>, <c>pin</c> and <c>program</c>.</param>
    public Token(TemporaryFolder folder)
    {
        _folder = folder;
        string? root = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_TRUST");
        string? program = Environment.GetEnvironmentVariable("STRATA_PROGRAM");
        Skip.If(root is null || program is null, "STRATA_TOOLBOX_TRUST or STRATA_PROGRAM is not set; './test' sets them");
        _tree = new ToolTree(root!);
        Directory.CreateDirectory(folder["tokens"]);
        File.WriteAllText(folder["softhsm2.conf"], $"directories.tokendir = {folder["tokens"]}\nobjectstore.backend = file\n");
        File.WriteAllText(folder["pin"], Pin + "\n");
        _environment = new(StringComparer.Ordinal)
        {
            ["SOFTHSM2_CONF"] = folder["softhsm2.conf"],
            ["LD_LIBRARY_PATH"] = string.Join(':', ((string[])["usr/lib/x86_64-linux-gnu", "usr/lib", "usr/lib64"]).Select(_tree.PathOf)),
        };
        Program = LinkedTo(_tree.PathOf("usr/lib64/ld-linux-x86-64.so.2"), Path.GetDirectoryName(program)!, folder["program"]);
    }

    /// <summary>URI of a token, or of a key in it.</summary>
    public string Uri(string token, string? key = null) =>
        $"pkcs11:token={token}{(key is null ? "" : $";object={key}")}?module-path={Module}";

    /// <summary>Makes a token.</summary>
    public void Make(string label) => Util("--init-token", "--free", "--label", label, "--so-pin", "0815", "--pin", Pin);

    /// <summary>Puts a private key that is a file into a token.</summary>
    public void Import(string label, string file, string key, string id) =>
        Util("--import", file, "--token", label, "--label", key, "--id", id, "--pin", Pin);

    /// <summary>Runs the program.</summary>
    public StrataProgram.Outcome Run(params IEnumerable<string> arguments) =>
        StrataProgram.RunAs(Program, _folder.Path, _environment, arguments);

    private string Program { get; }

    private string Module => _tree.PathOf("usr/lib/softhsm/libsofthsm2.so");

    private void Util(params string[] arguments)
    {
        ProcessStartInfo start = _tree.CommandAsInstalled("usr/bin/softhsm2-util", ["--module", Module, .. arguments]);
        start.Environment["SOFTHSM2_CONF"] = _environment["SOFTHSM2_CONF"];
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }

    /// <summary>A folder like that of a program, whose launcher is started by another loader.</summary>
    private static string LinkedTo(string loader, string from, string to)
    {
        Directory.CreateDirectory(to);
        string launcher = Path.Combine(to, "strata");
        foreach (string file in Directory.EnumerateFiles(from).Where(f => Path.GetFileName(f) != "strata"))
        {
            File.CreateSymbolicLink(Path.Combine(to, Path.GetFileName(file)), file);
        }
        byte[] elf = File.ReadAllBytes(Path.Combine(from, "strata"));
        int table = (int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(32));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(56));
        byte[] name = [.. Encoding.ASCII.GetBytes(loader), 0];
        for (int i = 0; i < count; i++)
        {
            Span<byte> header = elf.AsSpan(table + (i * 56), 56);
            if (BinaryPrimitives.ReadInt32LittleEndian(header) == Interpreter)
            {
                BinaryPrimitives.WriteInt64LittleEndian(header[8..], elf.Length); // the kernel reads it from the file, behind all else
                BinaryPrimitives.WriteInt64LittleEndian(header[32..], name.Length);
            }
        }
        File.WriteAllBytes(launcher, [.. elf, .. name]);
        File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return launcher;
    }
}
