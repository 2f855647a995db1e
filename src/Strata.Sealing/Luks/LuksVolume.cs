using System.Globalization;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Sealing.Ciphers;

namespace Strata.Sealing.Luks;

/// <summary>
/// A LUKS2 volume: its header, read and changed. Kinds known here: one segment of <c>aes-xts-plain64</c> with 512 bits, key slots and
/// digests of PBKDF2 with SHA-256. Slots of other kinds are kept and passed over.
/// </summary>
public sealed class LuksVolume
{
    /// <summary>Bytes before the content of a volume that is made here: two headers and room for 16 key slots.</summary>
    public const int ContentOffset = 4 << 20;

    /// <summary>Marks a volume of which the content is still being made (<see cref="IsBegun"/>).</summary>
    public const string BegunMark = "strata-begun";

    private const int SectorSize = 4096;
    private const int MostSlots = 32;
    private const int DigestIterations = 1000; // over a random key
    private const string Segment = "0";

    private readonly LuksRead _readAt;
    private LuksHeader _header;

    private LuksVolume(LuksHeader header, LuksRead readAt) => (_header, _readAt) = (header, readAt);

    /// <summary>Length of the key of a volume in bytes.</summary>
    public static int KeySize => XtsCipher.KeySize;

    /// <summary>Its UUID.</summary>
    public string Id => _header.Id;

    /// <summary>True until its content is whole: nothing in it is anybody's, and it may be made anew.</summary>
    public bool IsBegun => _header.Subsystem == BegunMark;

    /// <summary>Where the content begins, in bytes from the start of the device.</summary>
    public long Offset => SegmentValue.Number("offset")!.Value;

    /// <summary>Bytes of a sector of the content.</summary>
    public int ContentSectorSize => (int)SegmentValue.Number("sector_size")!.Value;

    private LuksValue SegmentValue => _header.Json["segments"]![Segment]!;

    /// <summary>Reads the header of a device; null when it has none.</summary>
    /// <exception cref="ImageFormatException">It is damaged, or of a kind not known here.</exception>
    public static LuksVolume? TryRead(LuksRead readAt)
    {
        ArgumentNullException.ThrowIfNull(readAt);
        if (LuksFormat.TryRead(readAt) is not LuksHeader header)
        {
            return null;
        }
        foreach (string part in (string[])["keyslots", "tokens", "segments", "digests", "config"])
        {
            if (header.Json[part]?.Kind != System.Text.Json.JsonTokenType.StartObject)
            {
                throw Fault($"its header has no {part}");
            }
        }
        if (!Guid.TryParseExact(header.Id, "D", out _))
        {
            throw Fault("its identity is no UUID");
        }
        LuksValue segments = header.Json["segments"]!;
        if (segments.Members.Count != 1 || segments[Segment] is not LuksValue segment || segment.Said("type") != "crypt"
            || segment.Said("encryption") != "aes-xts-plain64" || segment.Said("size") != "dynamic" || segment.Number("iv_tweak") != 0
            || segment["integrity"] is not null
            || segment.Number("sector_size") is not (512 or 1024 or 2048 or 4096)
            || segment.Number("offset") is not (>= 0 and < 1L << 40) || segment.Number("offset") % 4096 != 0
            || segment.Number("offset") < 2L * header.Size)
        {
            throw Fault("what is encrypted is not one piece of aes-xts-plain64 to the end of the device");
        }
        if (header.Json["keyslots"]!.Members.Count > MostSlots || header.Json["tokens"]!.Members.Count > MostSlots)
        {
            throw Fault($"it has more than {MostSlots} key slots or tokens");
        }
        return new LuksVolume(header, readAt);
    }

    /// <summary>A new volume without key slots, marked as begun; <see cref="Save"/> writes it.</summary>
    /// <param name="label">Its label.</param>
    /// <param name="id">Its UUID.</param>
    /// <param name="volumeKey">Its key, <see cref="KeySize"/> random bytes.</param>
    /// <param name="readAt">Reads what <see cref="Save"/> wrote.</param>
    public static LuksVolume New(string label, Guid id, ReadOnlySpan<byte> volumeKey, LuksRead readAt)
    {
        byte[] salt = new byte[32];
        Entropy.Fill(salt);
        byte[] digest = new byte[Sha256Digest.Size];
        Pbkdf2.Derive(volumeKey, salt, DigestIterations, digest);
        LuksValue json = LuksValue.EmptyObject()
            .Set("keyslots", LuksValue.EmptyObject())
            .Set("tokens", LuksValue.EmptyObject())
            .Set("segments", LuksValue.EmptyObject().Set(Segment, LuksValue.EmptyObject()
                .Set("type", LuksValue.Of("crypt"))
                .Set("offset", LuksValue.OfLong(ContentOffset))
                .Set("size", LuksValue.Of("dynamic"))
                .Set("iv_tweak", LuksValue.OfLong(0))
                .Set("encryption", LuksValue.Of("aes-xts-plain64"))
                .Set("sector_size", LuksValue.Of(SectorSize))))
            .Set("digests", LuksValue.EmptyObject().Set("0", LuksValue.EmptyObject()
                .Set("type", LuksValue.Of("pbkdf2"))
                .Set("keyslots", LuksValue.Texts())
                .Set("segments", LuksValue.Texts(Segment))
                .Set("hash", LuksValue.Of("sha256"))
                .Set("iterations", LuksValue.Of(DigestIterations))
                .Set("salt", LuksValue.Of(salt))
                .Set("digest", LuksValue.Of(digest))))
            .Set("config", LuksValue.EmptyObject()
                .Set("json_size", LuksValue.OfLong(LuksFormat.HeaderSize - LuksFormat.BinarySize))
                .Set("keyslots_size", LuksValue.OfLong(ContentOffset - (2 * LuksFormat.HeaderSize))));
        return new LuksVolume(
            new LuksHeader
            {
                Size = LuksFormat.HeaderSize,
                Sequence = 0,
                Label = label,
                Id = id.ToString(),
                Subsystem = BegunMark,
                Json = json,
            },
            readAt);
    }

    /// <summary>Tokens of a kind: their numbers, what they say, and the slots they open.</summary>
    public IReadOnlyList<LuksToken> Tokens(string kind)
    {
        List<LuksToken> tokens = [];
        foreach ((string number, LuksValue token) in _header.Json["tokens"]!.Members)
        {
            if (token.Said("type") == kind)
            {
                List<string> slots = [];
                foreach ((_, LuksValue slot) in token["keyslots"]?.Members ?? [])
                {
                    slots.Add(slot.Text);
                }
                tokens.Add(new LuksToken(number, token, slots));
            }
        }
        return tokens;
    }

    /// <summary>The key of the volume, by a secret; null when it fits no key slot that is known here.</summary>
    /// <param name="secret">What somebody typed, or a random key.</param>
    /// <param name="only">Numbers of the slots that are tried; null for all.</param>
    /// <exception cref="ImageFormatException">A slot is cut short.</exception>
    public byte[]? TryOpen(ReadOnlySpan<byte> secret, IReadOnlyList<string>? only = null)
    {
        foreach ((string number, LuksValue value) in _header.Json["keyslots"]!.Members)
        {
            if (only?.Contains(number) == false || LuksSlot.Of(number, value) is not LuksSlot slot)
            {
                continue;
            }
            byte[] key = slot.Read(_readAt, secret);
            if (IsVolumeKey(key, number))
            {
                return key;
            }
            CryptographicOperations.ZeroMemory(key);
        }
        return null;
    }

    /// <summary>Adds a key slot: its stripes are written, and <see cref="Save"/> brings it into the header.</summary>
    /// <param name="volumeKey">The key of the volume.</param>
    /// <param name="secret">What opens the slot.</param>
    /// <param name="iterations">Rounds of PBKDF2.</param>
    /// <param name="writeAt">Writes to the device.</param>
    /// <returns>Its number; null when there is no room for another one.</returns>
    public string? TryAddSlot(ReadOnlySpan<byte> volumeKey, ReadOnlySpan<byte> secret, int iterations, LuksWrite writeAt)
    {
        ArgumentNullException.ThrowIfNull(writeAt);
        LuksValue slots = _header.Json["keyslots"]!;
        if (FreeArea() is not long offset || FreeNumber(slots) is not string number)
        {
            return null;
        }
        LuksSlot slot = LuksSlot.New(number, offset, iterations);
        writeAt(offset, slot.Filled(volumeKey, secret));
        slots.Set(number, slot.ToValue());
        foreach ((_, LuksValue digest) in _header.Json["digests"]!.Members)
        {
            digest["keyslots"]?.Add(LuksValue.Of(number));
        }
        return number;
    }

    /// <summary>Takes a key slot out; <see cref="Save"/> takes it out of the header.</summary>
    public void RemoveSlot(string number)
    {
        _header.Json["keyslots"]!.Set(number, null);
        foreach ((_, LuksValue digest) in _header.Json["digests"]!.Members)
        {
            digest["keyslots"]?.Remove(number);
        }
    }

    /// <summary>Adds a token; false when there is no number for another one.</summary>
    public bool TryAddToken(LuksValue token)
    {
        LuksValue tokens = _header.Json["tokens"]!;
        if (FreeNumber(tokens) is not string number)
        {
            return false;
        }
        tokens.Set(number, token);
        return true;
    }

    /// <summary>Takes a token out.</summary>
    public void RemoveToken(string number) => _header.Json["tokens"]!.Set(number, null);

    /// <summary>From now on what is in the volume is somebody's.</summary>
    public void EndBegun() => _header = _header with { Subsystem = "" };

    /// <summary>Writes both headers, the second when the first is safe: a power cut leaves one that is whole.</summary>
    /// <param name="writeAt">Writes to the device.</param>
    /// <param name="sync">Makes what was written survive a power cut.</param>
    public void Save(LuksWrite writeAt, Action sync)
    {
        ArgumentNullException.ThrowIfNull(writeAt);
        ArgumentNullException.ThrowIfNull(sync);
        _header = _header with { Sequence = _header.Sequence + 1 };
        byte[] salt = new byte[64];
        sync(); // key slots before the header that names them
        foreach (long offset in (long[])[0, _header.Size])
        {
            Entropy.Fill(salt);
            writeAt(offset, LuksFormat.Write(_header, offset, salt));
            sync();
        }
    }

    private bool IsVolumeKey(ReadOnlySpan<byte> key, string slot)
    {
        Span<byte> sum = stackalloc byte[Sha256Digest.Size];
        foreach ((_, LuksValue digest) in _header.Json["digests"]!.Members)
        {
            if (digest.Said("type") == "pbkdf2" && digest.Said("hash") == "sha256" && digest["keyslots"]?.Has(slot) == true
                && digest["segments"]?.Has(Segment) == true && digest.Number("iterations") is long rounds and > 0 and <= 16 << 20
                && digest.Bytes("salt", 64) is byte[] salt && digest.Bytes("digest", 64) is byte[] expected)
            {
                Pbkdf2.Derive(key, salt, (int)rounds, sum);
                return CryptographicOperations.FixedTimeEquals(sum, expected);
            }
        }
        return false;
    }

    private static string? FreeNumber(LuksValue numbered)
    {
        for (int number = 0; number < MostSlots; number++)
        {
            string name = number.ToString(CultureInfo.InvariantCulture);
            if (numbered[name] is null)
            {
                return name;
            }
        }
        return null;
    }

    // the first place behind the headers where a slot of the usual kind fits between the others
    private long? FreeArea()
    {
        long start = 2L * _header.Size;
        long end = Math.Min(Offset, start + (_header.Json["config"]!.Number("keyslots_size") ?? 0));
        for (bool isTaken = true; isTaken && start + LuksSlot.AreaSize <= end;)
        {
            isTaken = false;
            foreach ((_, LuksValue slot) in _header.Json["keyslots"]!.Members)
            {
                long from = slot["area"]?.Number("offset") ?? 0;
                long to = from + Math.Min(slot["area"]?.Number("size") ?? 0, long.MaxValue - from);
                if (from < start + LuksSlot.AreaSize && to > start)
                {
                    start = (to + 4095) / 4096 * 4096;
                    isTaken = true;
                }
            }
        }
        return start + LuksSlot.AreaSize <= end ? start : null;
    }

    private static ImageFormatException Fault(string why) => new(LuksFormat.Name, LuksFormat.BinarySize, why);
}
