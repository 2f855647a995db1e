using System.Security.Cryptography;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Streams;

namespace Strata.Formats.Deb;

/// <summary>Opens contents that lie inline, in the store, or in the data archive of a package in the store.</summary>
/// <remarks>
/// The decompressing stream of the package read last stays open: going forward in it costs what lies between, going back starts anew.
/// </remarks>
/// <param name="openObject">Opens an object of the store by its digest; a package must come as a seekable stream.</param>
/// <param name="limits">Null means <see cref="PackageLimits.Default"/>.</param>
public sealed class PackageContentReader(Func<Sha256Digest, Stream> openObject, PackageLimits? limits = null) : IContentReader
{
    private readonly PackageLimits _limits = limits ?? PackageLimits.Default;
    private CheckedContent? _open;
    private Stream? _data;
    private ForwardInput? _input;
    private Sha256Digest _package;
    private bool _disposed;

    /// <inheritdoc/>
    /// <exception cref="ImageFormatException">
    /// The package cannot be read up to the content; reading throws it when the bytes are not those that <paramref name="content"/> promises.
    /// </exception>
    public Stream Open(FileContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _open?.Dispose();
        _open = content switch
        {
            InlineContent inline => new CheckedContent(inline, new MemoryStream(inline.Bytes.ToArray(), writable: false)),
            StoredContent => new CheckedContent(content, openObject(content.Digest)),
            PackageContent member => OpenMember(member),
            _ => throw new ArgumentException($"a {content.GetType().Name} cannot be read here", nameof(content)),
        };
        return _open;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _open?.Dispose();
            ClosePackage();
        }
    }

    private CheckedContent OpenMember(PackageContent member)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(member.Size);
        if (_input is null || _package != member.Package || _input.Position > member.Offset)
        {
            ClosePackage();
            _data = OpenPackage(member.Package);
            _input = new ForwardInput(_data, "deb data archive");
            _package = member.Package;
        }
        try
        {
            _input.Skip(member.Offset - _input.Position, "what lies before the wanted file");
            return new CheckedContent(member, new MemberStream(_input, member.Size, "the wanted file"));
        }
        catch
        {
            ClosePackage(); // its position is no longer known
            throw;
        }
    }

    private Stream OpenPackage(Sha256Digest package)
    {
        Stream deb = openObject(package);
        try
        {
            return DebDataReader.OpenData(deb, _limits);
        }
        catch
        {
            deb.Dispose();
            throw;
        }
    }

    private void ClosePackage()
    {
        _data?.Dispose();
        (_data, _input) = (null, null);
    }

    /// <summary>Exactly the promised bytes, with the digest checked when the last one is given out.</summary>
    private sealed class CheckedContent : ForwardReadStream
    {
        private readonly FileContent _content;
        private readonly Stream _source;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _remaining;
        private bool _disposed;

        public CheckedContent(FileContent content, Stream source)
        {
            (_content, _source, _remaining) = (content, source, content.Size);
        }

        public override long Length => _content.Size;

        public override int Read(Span<byte> buffer)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int want = (int)Math.Min(_remaining, buffer.Length);
            if (want == 0)
            {
                if (_content.Size == 0)
                {
                    CheckEnd(); // no read ever gives out a last byte
                }
                return 0;
            }
            int read = _source.Read(buffer[..want]);
            if (read == 0)
            {
                throw new ImageFormatException("content", _content.Size - _remaining, $"{Describe()} ends here, expected {_content.Size} bytes");
            }
            _hash.AppendData(buffer[..read]);
            _remaining -= read;
            if (_remaining == 0)
            {
                CheckEnd();
            }
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                _hash.Dispose();
                _source.Dispose(); // of a package member: nothing, the package stays open
            }
            base.Dispose(disposing);
        }

        private void CheckEnd()
        {
            Sha256Digest digest = Sha256Digest.Finish(_hash);
            if (digest != _content.Digest)
            {
                throw new ImageFormatException("content", 0, $"{Describe()} has SHA-256 {digest}");
            }
            if (_content is StoredContent && _source.ReadByte() >= 0)
            {
                throw new ImageFormatException("content", _content.Size, $"{Describe()} is longer than {_content.Size} bytes");
            }
        }

        private string Describe() => _content is PackageContent member
            ? $"file {_content.Digest} at byte {member.Offset} of the data archive of package {member.Package}"
            : $"object {_content.Digest}";
    }
}
