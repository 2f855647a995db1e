using System.Globalization;

namespace Strata.Formats.Compression.Native;

/// <summary>The encoders of one liblzma (XZ Utils 5.2 and later; <c>lzma/base.h</c>, <c>container.h</c>), and what runs a stream.</summary>
/// <remarks>
/// By address and not by name as <see cref="Lzma"/>, because a process may have two of them: that of the machine reads, a locked one
/// writes.
/// </remarks>
internal sealed unsafe class LzmaLibrary
{
    private readonly delegate* unmanaged<Lzma.Lzma2Options*, uint, byte> _preset;
    private readonly delegate* unmanaged<nint, Lzma.Filter*, int, Lzma.Result> _streamEncoder;
    private readonly delegate* unmanaged<nint, Lzma.Threading*, Lzma.Result> _threadedEncoder;
    private readonly delegate* unmanaged<nint, Lzma.Step, Lzma.Result> _code;
    private readonly delegate* unmanaged<nint, void> _end;

    /// <summary>Loads it.</summary>
    /// <param name="folder">Where it is; null takes the machine's.</param>
    /// <exception cref="Core.StrataException">It cannot be loaded.</exception>
    public LzmaLibrary(string? folder)
    {
        LoadedLibrary library = LoadedLibrary.Load(folder, Lzma.Library, "liblzma5", "read or write xz");
        _preset = (delegate* unmanaged<Lzma.Lzma2Options*, uint, byte>)library.AddressOf("lzma_lzma_preset");
        _streamEncoder = (delegate* unmanaged<nint, Lzma.Filter*, int, Lzma.Result>)library.AddressOf("lzma_stream_encoder");
        _threadedEncoder = (delegate* unmanaged<nint, Lzma.Threading*, Lzma.Result>)library.AddressOf("lzma_stream_encoder_mt");
        _code = (delegate* unmanaged<nint, Lzma.Step, Lzma.Result>)library.AddressOf("lzma_code");
        _end = (delegate* unmanaged<nint, void>)library.AddressOf("lzma_end");
        Identity = library.FileDigest?.ToString()
            ?? ((delegate* unmanaged<uint>)library.AddressOf("lzma_version_number"))().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>SHA-256 of the file; of the machine's library, which is one of many files, the version: <c>50040012</c> is 5.4.1.</summary>
    public string Identity { get; }

    /// <summary><c>lzma_lzma_preset</c>: fills the options; false when there is no such preset.</summary>
    public bool TryFillPreset(Lzma.Lzma2Options* options, uint preset) => _preset(options, preset) == 0;

    /// <summary><c>lzma_stream_encoder</c>, which copies the filters and their options.</summary>
    public Lzma.Result StartEncoder(LzmaStreamHandle stream, Lzma.Filter* filters, int check)
    {
        Lzma.Result result = _streamEncoder(stream.DangerousGetHandle(), filters, check);
        GC.KeepAlive(stream);
        return result;
    }

    /// <summary><c>lzma_stream_encoder_mt</c>, which copies the filters and their options.</summary>
    public Lzma.Result StartThreadedEncoder(LzmaStreamHandle stream, Lzma.Threading* options)
    {
        Lzma.Result result = _threadedEncoder(stream.DangerousGetHandle(), options);
        GC.KeepAlive(stream);
        return result;
    }

    /// <summary><c>lzma_code</c>.</summary>
    public Lzma.Result Code(nint stream, Lzma.Step action) => _code(stream, action);

    /// <summary><c>lzma_end</c>: frees what it allocated for a stream.</summary>
    public void End(nint stream) => _end(stream);
}
