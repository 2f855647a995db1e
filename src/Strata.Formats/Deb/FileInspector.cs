using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Formats.Digests;
using Strata.Formats.Elf;

namespace Strata.Formats.Deb;

/// <summary>Reads contents once: their digests, for ELF files what they say of themselves, for scripts what runs them.</summary>
/// <remarks>
/// ELF needs random access, so such a file is kept while it is read: in memory up to <see cref="MemoryLimit"/>, else in a temporary file.
/// Everything else passes through one buffer.
/// </remarks>
internal sealed class FileInspector : IDisposable
{
    /// <summary>Longest ELF file that is kept in memory, in bytes.</summary>
    public const int MemoryLimit = 8 << 20;

    private const int BufferSize = 128 << 10;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _sha1 = Sha1Digest.Start();
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    /// <summary>What was found.</summary>
    public readonly record struct Finding(Sha256Digest Digest, Sha1Digest Sha1, ElfFile? Elf, string ElfProblem, string Interpreter = "");

    /// <summary>Reads <paramref name="content"/> to its end.</summary>
    /// <param name="content">The content of an archive member.</param>
    /// <param name="size">Its length in bytes.</param>
    public Finding Inspect(Stream content, long size)
    {
        int first = content.ReadAtLeast(_buffer, (int)Math.Min(size, ScriptHead.Size), throwOnEndOfStream: false);
        Hash(_buffer.AsSpan(0, first));
        if (!ElfFile.HasMagic(_buffer.AsSpan(0, first)))
        {
            string interpreter = ScriptHead.InterpreterOf(_buffer.AsSpan(0, first));
            Drain(content, null);
            return new Finding(Sha256Digest.Finish(_hash), Sha1Digest.Finish(_sha1), null, "", interpreter);
        }
        return size <= MemoryLimit ? InspectInMemory(content, first, (int)size) : InspectInFile(content, first);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        _sha1.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private Finding InspectInMemory(Stream content, int first, int size)
    {
        byte[] file = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            _buffer.AsSpan(0, first).CopyTo(file);
            content.ReadExactly(file, first, size - first);
            Hash(file.AsSpan(first, size - first));
            return Parse(file.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(file);
        }
    }

    private unsafe Finding InspectInFile(Stream content, int first)
    {
        string path = Path.Combine(Path.GetTempPath(), "strata-" + Path.GetRandomFileName());
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        file.Write(_buffer.AsSpan(0, first));
        Drain(content, file);
        if (file.Length > int.MaxValue)
        {
            return new Finding(
                Sha256Digest.Finish(_hash), Sha1Digest.Finish(_sha1), null,
                $"it has {file.Length} bytes, more than the 2 GiB that are supported");
        }
        using MemoryMappedFile mapping = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return Parse(new ReadOnlySpan<byte>(start + view.PointerOffset, (int)file.Length));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private Finding Parse(ReadOnlySpan<byte> file)
    {
        Sha256Digest digest = Sha256Digest.Finish(_hash);
        Sha1Digest sha1 = Sha1Digest.Finish(_sha1);
        try
        {
            return new Finding(digest, sha1, ElfFile.Read(file), "");
        }
        catch (ImageFormatException e) // firmware of other machines, test data, detached debug symbols: still files
        {
            return new Finding(digest, sha1, null, e.Message);
        }
    }

    private void Hash(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        _sha1.AppendData(bytes);
    }

    private void Drain(Stream content, FileStream? copy)
    {
        for (int read; (read = content.Read(_buffer)) > 0;)
        {
            Hash(_buffer.AsSpan(0, read));
            copy?.Write(_buffer.AsSpan(0, read));
        }
    }
}
