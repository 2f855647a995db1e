using Strata.Cli.Commands;
using Strata.Cli.Commands.Trust;
using Strata.Core;
using Strata.Testing;

namespace Strata.Cli.Tests;

public sealed class PassphraseInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a b \n", "a b ")] // blanks are a part of it
    [InlineData("a\r\nb\n", "a")]
    [InlineData("a\nb", "a")]
    [InlineData("\n", null)]
    [InlineData("\na", null)]
    [InlineData("", null)]
    public void Read_FirstLine_IsThePassphrase(string content, string? expected) => Check(content, expected, "no characters");

    [Theory]
    [InlineData("", true)]
    [InlineData("\n", true)]
    [InlineData("\nmore", true)]
    [InlineData("x", false)]
    [InlineData("x\n", false)]
    public void Read_Of1024Characters_AndNoMore(string behind, bool isRead)
    {
        string most = new('p', 1024);
        Check(most + behind, isRead ? most : null, "more than 1024 characters");
    }

    [Fact]
    public void Read_NoFile_SaysSo()
    {
        string path = _folder["none"];
        Assert.Equal(
            $"cannot take a passphrase from {path}: there is no such file",
            Assert.Throws<StrataException>(() => PassphraseInput.Read(path)).Message);
        Directory.CreateDirectory(path);
        Assert.StartsWith($"cannot take a passphrase from {path}: ", Assert.Throws<StrataException>(() =>
            PassphraseInput.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_OfWhatIsNoLock_NamesIt()
    {
        File.WriteAllText(_folder["a.lock"], "{}");
        File.WriteAllText(_folder["a.txt"], "{}");
        Assert.True(LockDiff.IsLock(_folder["a.lock"]));
        Assert.False(LockDiff.IsLock(_folder["a.txt"]));
        Assert.False(LockDiff.IsLock(_folder["b.lock"]));
        foreach ((string first, string second, string wrong) in new[] { ("a.lock", "b.lock", "b.lock"), ("a.txt", "a.lock", "a.txt"),
            ("a.lock", "a.txt", "a.txt") })
        {
            string message = Assert.ThrowsAny<Exception>(() => LockDiff.Between(_folder[first], _folder[second])).Message;
            Assert.StartsWith(
                $"cannot compare {_folder[first]} with {_folder[second]}: {_folder[wrong]} is no lock", message, StringComparison.Ordinal);
        }
        File.WriteAllText(_folder["tools.lock"], "{\"format\": \"x\"}");
        foreach ((string first, string second) in new[] { ("a.lock", "tools.lock"), ("tools.lock", "a.lock") })
        {
            Assert.EndsWith(
                ": one is the lock of an edition, the other of a set of tools",
                Assert.ThrowsAny<Exception>(() => LockDiff.Between(_folder[first], _folder[second])).Message, StringComparison.Ordinal);
        }
    }

    private void Check(string content, string? expected, string problem)
    {
        string path = _folder["p"];
        File.WriteAllText(path, content);
        if (expected is not null)
        {
            Assert.Equal(expected, PassphraseInput.Read(path));
            return;
        }
        Assert.Equal(
            $"cannot take a passphrase from {path}: its first line has {problem}",
            Assert.Throws<StrataException>(() => PassphraseInput.Read(path)).Message);
    }
}
