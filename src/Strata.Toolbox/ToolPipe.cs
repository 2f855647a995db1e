using System.Diagnostics;
using Strata.Core;
using Strata.Device.Confinement;

namespace Strata.Toolbox;

/// <summary>A filter program of the toolbox as a stream: what is written goes through it into another stream.</summary>
/// <remarks>
/// Compressors run like this where their output becomes part of an image: the bytes then depend on the locked version of the tool and not on
/// the library that a host happens to have.
/// </remarks>
public sealed class ToolPipe : Stream
{
    private readonly ChildProcess _process;
    private readonly Task _copying;
    private readonly Task<string> _errors;
    private readonly string _name;
    private bool _finished;

    /// <summary>Starts the filter.</summary>
    /// <param name="tool">From <see cref="ToolTree.InRoom"/>.</param>
    /// <param name="target">Gets what it puts out; stays open, and must not be used before <see cref="Finish"/> returns.</param>
    /// <exception cref="StrataException">It does not start.</exception>
    public ToolPipe(ToolStart tool, Stream target)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(target);
        ProcessStartInfo start = tool.Command;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["LC_ALL"] = "C";
        foreach (string variable in new[] { "XZ_DEFAULTS", "XZ_OPT", "ZSTD_CLEVEL", "ZSTD_NBTHREADS", "GZIP" })
        {
            start.Environment.Remove(variable); // a person's defaults must not shape an image
        }
        _name = ToolTree.NameOf(start);
        _process = ToolStarter.Start(tool);
        _copying = Task.Run(() => _process.StandardOutput.BaseStream.CopyTo(target, 1 << 16));
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Tells the filter that no more comes, and waits until it has put everything out.</summary>
    /// <exception cref="StrataException">It failed; what it said is quoted.</exception>
    public void Finish()
    {
        _process.StandardInput.Close();
        _copying.GetAwaiter().GetResult();
        _process.WaitForExit();
        if (_process.ExitCode != 0)
        {
            throw Failed();
        }
        _finished = true;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _process.StandardInput.Write(buffer);
        }
        catch (IOException) when (_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            throw Failed(); // a broken pipe: it ended before its input did
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Flush() => _process.StandardInput.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends the filter when <see cref="Finish"/> was not reached.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!_finished && !_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }
            _process.Dispose();
        }
        base.Dispose(disposing);
    }

    private StrataException Failed() => new($"cannot go on: {_name} ended with exit code {_process.ExitCode}: {_errors.GetAwaiter().GetResult().Trim()}");
}
