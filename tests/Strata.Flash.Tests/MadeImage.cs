using Strata.Flash.Writing;
using Strata.Testing;

namespace Strata.Flash.Tests;

/// <summary>An image of bytes that are nowhere alike, so that a block in another's place is seen.</summary>
internal sealed class MadeImage : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MadeImage(int length, Action<byte[]>? change = null)
    {
        Bytes = new byte[length];
        new Random(length).NextBytes(Bytes);
        (Bytes[510], Bytes[511]) = (0x55, 0xAA);
        change?.Invoke(Bytes);
        Path = _folder["made.img"];
        File.WriteAllBytes(Path, Bytes);
        Image = FlashImage.Open(Path);
    }

    public byte[] Bytes { get; }

    public string Path { get; }

    public FlashImage Image { get; }

    public string Beside(string name) => _folder[name];

    public void Dispose()
    {
        Image.Dispose();
        _folder.Dispose();
    }
}
