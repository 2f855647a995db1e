using System.ComponentModel;
using System.Diagnostics;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Packages.Keys;

namespace Strata.Packages.Releases;

/// <summary>Lets <c>gpgv</c> check signatures against keyring files, and nothing else: no home directory, no agent, no network.</summary>
/// <remarks>
/// The text of a clear-signed document is taken from what <c>gpgv</c> wrote with <c>--output</c>, never from the document, so that text
/// outside the signature cannot pass; documents with such text are refused besides. What a detached signature signs is the whole of the
/// other file, as long as the signature holds no text of its own.
/// </remarks>
public sealed class Gpgv : ISignatureVerifier
{
    private const int MostWords = 64 * 1024; // on each of its two outputs; a signature takes ten lines

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    private readonly string _program;
    private readonly IReadOnlyList<Keyring> _keyrings;

    /// <summary>Names the keys to trust.</summary>
    /// <param name="keyrings">At least one.</param>
    /// <param name="program">The program, a name on the PATH or a path.</param>
    public Gpgv(IEnumerable<Keyring> keyrings, string program = "gpgv")
    {
        ArgumentNullException.ThrowIfNull(keyrings);
        _program = program;
        _keyrings = [.. keyrings];
        if (_keyrings.Count == 0)
        {
            throw new ArgumentException("no keyring is named", nameof(keyrings));
        }
    }

    /// <inheritdoc/>
    public async Task<SignedText> VerifyAsync(
        string label, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte>? signature, CancellationToken cancellationToken)
    {
        if ((signature is { } block ? ClearSigned.ProblemOfDetached(block.Span) : ClearSigned.ProblemOf(document.Span)) is { } problem)
        {
            throw new StrataException($"cannot verify {label}: {problem}",
                "The server, or something before it such as a login page of a network, answered with something else.");
        }
        DirectoryInfo folder = Directory.CreateTempSubdirectory("strata-gpgv-"); // mode 0700
        try
        {
            string input = Path.Combine(folder.FullName, "document");
            string output = Path.Combine(folder.FullName, "text");
            await File.WriteAllBytesAsync(input, document, cancellationToken);
            List<string> files = [input];
            if (signature is { } detached)
            {
                files.Insert(0, Path.Combine(folder.FullName, "signature"));
                await File.WriteAllBytesAsync(files[0], detached, cancellationToken);
            }
            (string status, string errors) = await RunAsync(label, folder.FullName, files, output, cancellationToken);
            GpgvStatus result = GpgvStatus.Read(status, mostTexts: signature is null ? 1 : 0);
            if (result.Problem is { } reason)
            {
                throw new StrataException($"cannot verify {label}: {reason}", HintFor(result, errors));
            }
            if (signature is not null)
            {
                return new SignedText(document, result.Fingerprints);
            }
            return new FileInfo(output).Length <= document.Length // the text is a part of the document
                ? new SignedText(await File.ReadAllBytesAsync(output, cancellationToken), result.Fingerprints)
                : throw new StrataException($"cannot verify {label}: {_program} wrote a longer text than it was given");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<(string Status, string Errors)> RunAsync(
        string label, string home, List<string> files, string output, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(HostProgram.Find(_program)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear(); // nothing of this user: neither HOME nor GNUPGHOME, and no word for the dynamic loader
        start.Environment["LC_ALL"] = "C";
        List<string> arguments = ["--homedir", home, "--status-fd", "1", "--output", output];
        for (int i = 0; i < _keyrings.Count; i++)
        {
            string keyring = Path.Combine(home, $"keyring-{i}.gpg");
            await File.WriteAllBytesAsync(keyring, _keyrings[i].Content, cancellationToken);
            arguments.AddRange(["--keyring", keyring]);
        }
        foreach (string argument in (IEnumerable<string>)[.. arguments, "--", .. files])
        {
            start.ArgumentList.Add(argument);
        }
        using ChildProcess process = Start(label, start, home);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_deadline);
        try
        {
            process.StandardInput.Close();
            Task<string> status = ReadAsync(label, process, process.StandardOutput, deadline.Token);
            Task<string> errors = ReadAsync(label, process, process.StandardError, deadline.Token);
            await Task.WhenAll(status, errors);
            await process.WaitForExitAsync(deadline.Token);
            // The exit code also tells of a missing key of one signature among several; the status lines decide.
            return (await status, await errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StrataException($"cannot verify {label}: {_program} did not end within {s_deadline.TotalSeconds} seconds");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private async Task<string> ReadAsync(string label, ChildProcess process, StreamReader output, CancellationToken cancellationToken)
    {
        char[] words = new char[MostWords + 1];
        int count = await output.ReadBlockAsync(words, cancellationToken);
        if (count > MostWords)
        {
            process.Kill(); // the other output would not end before
            throw new StrataException($"cannot verify {label}: {_program} says more than {MostWords} characters");
        }
        return new string(words, 0, count);
    }

    private ChildProcess Start(string label, ProcessStartInfo start, string home)
    {
        try
        {
            return ConfinedProcess.Start(start, HostProgram.ViewOf(start.FileName, home), ProcessLimits.OfTool);
        }
        catch (Win32Exception e)
        {
            throw new StrataException($"cannot verify {label}: the program '{_program}' cannot be started",
                "Install the package 'gpgv' of your distribution (on some 'gnupg2').", e);
        }
    }

    private string HintFor(GpgvStatus result, string errors) => result.UnknownKeys.Count > 0 && result.Fingerprints.Count == 0
        ? $"Signed by {string.Join(", ", result.UnknownKeys)}; trusted are the keys of {string.Join(", ", _keyrings)}."
        : $"{Path.GetFileName(_program)} says: {string.Join("; ", errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(4))}";
}
