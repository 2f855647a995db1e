using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Sealing.Luks;
using Strata.Testing;

namespace Strata.Sealing.Tests;

/// <summary>LUKS2 headers: what cryptsetup says of ours, and we of its.</summary>
public sealed class LuksTests : IDisposable
{
    private const string Words = "correct horse";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Save_NewVolume_IsOpenedByCryptsetup()
    {
        byte[] key = RandomNumberGenerator.GetBytes(LuksVolume.KeySize);
        Make(_folder["disk"], key, isWhole: true);
        string shown = Cryptsetup("luksDump", _folder["disk"]);
        Assert.Contains("aes-xts-plain64", shown, StringComparison.Ordinal);
        Assert.Contains("Subsystem:     \t(no subsystem)", shown, StringComparison.Ordinal);
        Assert.Contains("strata-state", shown, StringComparison.Ordinal);
        Assert.Contains("strata-tpm2", shown, StringComparison.Ordinal);
        Opens(_folder["disk"], Words);
        Opens(_folder["disk"], "the other");
        Refuses(_folder["disk"], "a third");
        File.WriteAllBytes(_folder["key"], key);
        Cryptsetup("luksDump", "--dump-volume-key", "--volume-key-file", _folder["dumped"], "--key-file", Secret(Words), "-q",
            _folder["disk"]);
        Assert.Equal(key, File.ReadAllBytes(_folder["dumped"]));
    }

    [SkippableFact]
    public void TryRead_VolumeOfCryptsetup_OpensWithItsKey()
    {
        byte[] key = RandomNumberGenerator.GetBytes(64);
        File.WriteAllBytes(_folder["key"], key);
        using (FileDevice made = new(_folder["disk"], 20 << 20))
        {
        }
        Cryptsetup("luksFormat", "--type", "luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--cipher",
            "aes-xts-plain64", "--key-size", "512", "--volume-key-file", _folder["key"], "--key-file", Secret(Words), "-q",
            _folder["disk"]);
        Cryptsetup("luksAddKey", "--pbkdf", "argon2id", "--pbkdf-force-iterations", "4", "--pbkdf-memory", "32", "--key-file",
            Secret(Words), "-q", _folder["disk"], Secret("by argon2"));
        using FileDevice device = new(_folder["disk"]);
        LuksVolume volume = LuksVolume.TryRead(device.Read)!;
        Assert.Equal(key, volume.TryOpen(Encoding.UTF8.GetBytes(Words)));
        Assert.Null(volume.TryOpen("wrong"u8));
        Assert.Null(volume.TryOpen("by argon2"u8));
        Assert.Equal(16 << 20, volume.Offset);

        // a slot of ours beside its two, of which the one that is not known here stays
        Assert.Equal("2", volume.TryAddSlot(key, "ours"u8, 1000, device.Write));
        volume.Save(device.Write, device.Sync);
        Opens(_folder["disk"], "ours");
        Opens(_folder["disk"], "by argon2");
        volume.RemoveSlot("0");
        volume.Save(device.Write, device.Sync);
        Refuses(_folder["disk"], Words);
        Opens(_folder["disk"], "by argon2");
    }

    [Fact]
    public void TryRead_OneHeaderDamaged_TakesTheOther()
    {
        byte[] key = RandomNumberGenerator.GetBytes(LuksVolume.KeySize);
        Make(_folder["disk"], key, isWhole: true);
        byte[] whole = File.ReadAllBytes(_folder["disk"]);
        foreach (int at in (int[])[0, 10, 300, 5000, 0x4000, 0x4000 + 460, 0x4000 + 4096])
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            Assert.Equal(key, Read(changed)!.TryOpen(Encoding.UTF8.GetBytes(Words)));
            changed[at ^ 0x4000] ^= 1;
            if (at is not (0 or 0x4000))
            {
                Assert.Throws<ImageFormatException>(() => Read(changed));
            }
        }
        Assert.Null(Read(new byte[1 << 20]));
    }

    [Fact]
    public void TryAddSlot_UntilItIsFull_FindsNoMoreRoom()
    {
        byte[] key = RandomNumberGenerator.GetBytes(LuksVolume.KeySize);
        using FileDevice device = new(_folder["disk"], 8 << 20);
        LuksVolume volume = LuksVolume.New("strata-state", Guid.NewGuid(), key, device.Read);
        int count = 0;
        for (; volume.TryAddSlot(key, Encoding.ASCII.GetBytes($"key {count}"), 1000, device.Write) is not null; count++)
        {
            Assert.True(count < 100);
        }
        Assert.Equal(16, count);
        volume.Save(device.Write, device.Sync);
        Assert.Equal(key, LuksVolume.TryRead(device.Read)!.TryOpen("key 15"u8));
    }

    private static LuksVolume? Read(byte[] bytes) => LuksVolume.TryRead((offset, buffer) =>
    {
        bool isThere = offset + buffer.Length <= bytes.Length;
        if (isThere)
        {
            bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        }
        return isThere;
    });

    private static void Make(string path, byte[] key, bool isWhole)
    {
        using FileDevice device = new(path, 24 << 20);
        LuksVolume volume = LuksVolume.New("strata-state", Guid.NewGuid(), key, device.Read);
        Assert.Equal("0", volume.TryAddSlot(key, Encoding.UTF8.GetBytes(Words), 2000, device.Write));
        Assert.Equal("1", volume.TryAddSlot(key, "the other"u8, 1000, device.Write));
        LuksValue token = LuksValue.EmptyObject().Set("type", LuksValue.Of("strata-tpm2")).Set("keyslots", LuksValue.Texts("1"));
        Assert.True(volume.TryAddToken(token));
        if (isWhole)
        {
            volume.EndBegun();
        }
        volume.Save(device.Write, device.Sync);
    }

    private void Opens(string disk, string words)
    {
        (int code, string output) = Oracle.Run("cryptsetup", "open", "--test-passphrase", "--key-file", Secret(words), disk);
        Assert.True(code == 0, output);
    }

    private void Refuses(string disk, string words) =>
        Assert.Equal(2, Oracle.Run("cryptsetup", "open", "--test-passphrase", "--key-file", Secret(words), disk).ExitCode);

    private string Secret(string words)
    {
        string path = _folder["secret-" + words.Replace(' ', '-')];
        File.WriteAllText(path, words);
        return path;
    }

    private static string Cryptsetup(params string[] arguments)
    {
        (int code, string output) = Oracle.Run("cryptsetup", arguments);
        Assert.True(code == 0, output);
        return output;
    }
}
