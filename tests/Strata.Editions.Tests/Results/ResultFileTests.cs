using Strata.Core;
using Strata.Editions.Results;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Editions.Tests.Results;

public sealed class ResultFileTests : IDisposable
{
    private static readonly DateTime s_placed = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private readonly ActionOutput _output;

    public ResultFileTests()
    {
        _store = new ObjectStore(_folder["store"]);
        _output = new ActionOutput("disk", _store.AddBytes("right"u8), 5);
    }

    private string Place => _folder["out/made.img"];

    private string Note => Place + ".sha256";

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task PlaceAsync_FileThatIsThere_IsNotWrittenAgain()
    {
        await PlaceLongAgoAsync();
        await PlaceAsync();
        Assert.Equal(s_placed, File.GetLastWriteTimeUtc(Place));
        Assert.Equal(["made.img", "made.img.sha256"], Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order(
            StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("wrong")] // of the same length: that the file is newer than its note is all that tells
    [InlineData("much longer")]
    [InlineData(null)]
    public async Task PlaceAsync_FileThatWasChangedSince_IsTheRightOneAgain(string? content)
    {
        await PlaceLongAgoAsync();
        File.Delete(Place);
        if (content is not null)
        {
            File.WriteAllText(Place, content);
            File.SetLastWriteTimeUtc(Place, s_placed.AddSeconds(1));
        }
        await PlaceAsync();
    }

    [Theory]
    [InlineData("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  made.img\n")]
    [InlineData("")]
    [InlineData(null)]
    public async Task PlaceAsync_NoteOfSomethingElse_IsItsOwnAgain(string? note)
    {
        await PlaceLongAgoAsync();
        File.Delete(Note);
        if (note is not null)
        {
            File.WriteAllText(Note, note);
        }
        await PlaceAsync();
    }

    [Theory]
    [InlineData(0, 1 << 20)] // zeros alone
    [InlineData(1, (3 << 20) - 1)] // zeros behind and before what is not
    [InlineData((2 << 20) + 7, 5)]
    public async Task PlaceAsync_Zeros_AreThereThoughTheyAreHoles(int first, int rest)
    {
        byte[] content = [.. Enumerable.Repeat((byte)7, first), .. new byte[1 << 20], .. new byte[rest], .. first == 0 ? []
            : new byte[] { 9 }];
        ActionOutput output = new("disk", _store.AddBytes(content), content.Length);
        await ResultFile.PlaceAsync(_store, output, Place, CancellationToken.None);
        Assert.Equal(output.Digest, Sha256Digest.Of(await File.ReadAllBytesAsync(Place)));
    }

    private async Task PlaceAsync()
    {
        await ResultFile.PlaceAsync(_store, _output, Place, CancellationToken.None);
        Assert.Equal("right", await File.ReadAllTextAsync(Place));
        Assert.Equal($"{_output.Digest}  made.img\n", await File.ReadAllTextAsync(Note)); // as sha256sum --check reads it
    }

    private async Task PlaceLongAgoAsync()
    {
        await PlaceAsync();
        File.SetLastWriteTimeUtc(Place, s_placed);
        File.SetLastWriteTimeUtc(Note, s_placed);
    }
}
