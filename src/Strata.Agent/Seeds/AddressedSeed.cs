using System.Text;
using Strata.Agent.CloudConfig;
using Strata.Agent.Machines;
using Strata.Core;
using Strata.Device.Kernel;
using Strata.Device.Posix;
using Strata.Yaml;

namespace Strata.Agent.Seeds;

/// <summary>
/// A seed that a web server has: <c>strata.seed=URL</c> and <c>strata.seed.sha256=DIGEST</c> on the kernel command line. A program of the
/// image fetches it; the digest says that it is the right one, whoever stands in between.
/// </summary>
/// <param name="machine">Its files.</param>
/// <param name="live">Runs the program.</param>
internal sealed class AddressedSeed(MachineFolder machine, ILiveMachine live) : ISeedSource
{
    /// <summary>The word with the address.</summary>
    public const string Word = "strata.seed";

    /// <summary>The word with its SHA-256.</summary>
    public const string DigestWord = "strata.seed.sha256";

    /// <summary>What was fetched, while it is looked at.</summary>
    public const string Place = "/run/strata/seed-from-address";

    private const string Errors = Place + ".errors";
    private const string Shell = "/bin/sh";
    private const string Curl = "/usr/bin/curl";
    private const string Wget = "/usr/bin/wget";
    private const int MostAddress = 1024;

    // in blocks of 512 bytes: what a server sends without an end does not fill the memory
    private const string MostBlocks = "2056";

    // in a shell, which alone limits what a program may write; names come as arguments
    private const string Script = "ulimit -f \"$1\"; exec 2>\"$2\"; shift 2; exec \"$@\"";

    // a network may take a while to come up
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3);

    /// <summary>True when the kernel command line names an address.</summary>
    public bool IsAsked => ValueOf(Word) is not null;

    /// <inheritdoc/>
    public IReadOnlyList<Seed> Find(FaultList faults)
    {
        if (ValueOf(Word) is not string address)
        {
            return [];
        }
        if (ProblemOf(address) is string problem)
        {
            faults.Add(new Fault(Word, 0, 0, $"{problem}; nothing is fetched"));
            return [];
        }
        if (!Sha256Digest.TryParse(ValueOf(DigestWord) ?? "", out Sha256Digest digest))
        {
            faults.Add(new Fault(
                DigestWord, 0, 0, "expected the SHA-256 of the file in 64 hex digits, as 'sha256sum' prints it; nothing is fetched"));
            return [];
        }
        try
        {
            return Fetch(address, faults) is byte[] bytes && IsWhatWasMeant(address, bytes, digest, faults)
                ? [new Seed(address, digest, WordsOf(address, bytes, faults))] : [];
        }
        finally
        {
            machine.Delete(Place);
            machine.Delete(Errors);
        }
    }

    private byte[]? Fetch(string address, FaultList faults)
    {
        string most = ((int)s_most.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        string place = machine.At(Place);
        string[]? command =
            machine.Has(Curl) ?
            [
                Curl, "--silent", "--show-error", "--fail", "--location", "--max-redirs", "5", "--proto", "=http,https",
                "--proto-redir", "=http,https", "--max-time", most, "--output", place, "--", address,
            ]
            : machine.Has(Wget) ? [Wget, "-q", "-T", most, "-O", place, address] : null;
        if (command is null)
        {
            faults.Add(new Fault(
                Word, 0, 0, $"{address} cannot be fetched: the image has neither curl (capability 'download') nor wget"));
            return null;
        }
        Files.MakeDirectories(machine.At("/run/strata"));
        TimeSpan start = live.Now;
        while (true)
        {
            int? code = live.RunWithin(s_most, Shell, ["-c", Script, "sh", MostBlocks, machine.At(Errors), .. command]);
            if (code == 0 && machine.TryRead(Place, Seed.MostBytes + 1) is byte[] bytes)
            {
                return bytes;
            }
            if (code == TooLarge)
            {
                faults.Add(new Fault(address, 0, 0, $"the file has more than {Seed.MostBytes >> 20} MiB, which is the most that is read"));
                return null;
            }
            if (live.Now - start > s_patience)
            {
                string why = code is null ? $"no answer within {most} s"
                    : LastError() is { Length: > 0 } said ? said : $"the program ended with {code}";
                faults.Add(new Fault(
                    Word, 0, 0, $"{address} did not come within {(int)s_patience.TotalSeconds} s: {why}; the next start tries again"));
                return null;
            }
            live.Wait(s_pause);
        }
    }

    private const int TooLarge = 128 + 25; // ended by SIGXFSZ

    private string LastError()
    {
        string last = "";
        foreach (string line in Encoding.UTF8.GetString(machine.TryRead(Errors, 4096) ?? []).Split('\n'))
        {
            last = line.Trim().Length > 0 ? line.Trim() : last;
        }
        return last.Length > 200 ? last[..200] : last;
    }

    private static bool IsWhatWasMeant(string address, byte[] bytes, Sha256Digest digest, FaultList faults)
    {
        if (Seed.IsTooLarge(address, bytes, faults))
        {
            return false;
        }
        if (Sha256Digest.Of(bytes) is Sha256Digest found && found != digest)
        {
            faults.Add(new Fault(
                address, 0, 0, $"its SHA-256 is {found}; expected {digest}, as {DigestWord} says; nothing of it is taken"));
            return false;
        }
        return true;
    }

    // words of ours, or user-data of cloud-init, which begins with its name
    private static YamlMapping WordsOf(string address, byte[] bytes, FaultList faults) =>
        bytes.AsSpan().StartsWith("#cloud-config"u8)
            ? CloudSeed.Read(address, new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["user-data"] = bytes }, faults)
            : Seed.OfWords(address, bytes, faults).Words;

    private static string? ProblemOf(string address)
    {
        int host = address.StartsWith("http://", StringComparison.Ordinal) ? 7
            : address.StartsWith("https://", StringComparison.Ordinal) ? 8 : 0;
        if (host == 0 || address.Length == host || address.Length > MostAddress || address.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return $"expected an address that begins with http:// or https://, of at most {MostAddress} characters";
        }
        int path = address.IndexOf('/', host);
        return address.AsSpan(host, (path < 0 ? address.Length : path) - host).Contains('@')
            ? "an address has no name or password in it: everybody can read the kernel command line" : null;
    }

    private string? ValueOf(string name)
    {
        string? value = null;
        foreach (KernelWord word in KernelWords.Split(machine.ReadText("/proc/cmdline")).Words)
        {
            value = word.Name == name ? word.Value ?? "" : value;
        }
        return value;
    }
}
