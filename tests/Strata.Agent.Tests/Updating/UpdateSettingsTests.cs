using Strata.Agent.Machines;
using Strata.Agent.Updating;
using Strata.Core;
using Strata.Testing;

namespace Strata.Agent.Tests.Updating;

public sealed class UpdateSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("from: https://updates.example.org/site", null, "https://updates.example.org/site", null)]
    [InlineData("from: http://a\nproxy: http://b:3128", null, "http://a", "http://b:3128")]
    [InlineData("from: http://a", "/mnt", "/mnt", null)]
    [InlineData(null, "/mnt", "/mnt", null)]
    public void Read_GoodWords_AreTaken(string? text, string? from, string wanted, string? proxy)
    {
        UpdateSettings settings = UpdateSettings.Read(Machine(text), from);
        Assert.Equal((wanted, proxy), (settings.From, settings.Proxy));
    }

    [Theory]
    [InlineData("from: ftp://a", "what /etc/strata/updates.yaml says after 'from' is neither an address nor a folder")]
    [InlineData("from: https://anna:secret@a/site", "what /etc/strata/updates.yaml says after 'from' is neither an address nor a folder")]
    [InlineData("from: /", "what /etc/strata/updates.yaml says after 'from' is neither an address nor a folder")]
    [InlineData("from: http://a\nproxy: http://anna:secret@b", "what /etc/strata/updates.yaml says after 'proxy' is no address")]
    [InlineData("proxy: http://b", "'from' is missing")]
    [InlineData("from: http://a\nform: b", "'form'")]
    [InlineData(null, "/etc/strata/updates.yaml is missing")]
    public void Read_WrongWords_AreNamedAndNoPasswordIsShown(string? text, string problem)
    {
        string message = Assert.Throws<StrataException>(() => UpdateSettings.Read(Machine(text), null)).Message;
        Assert.StartsWith("cannot update: ", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    private MachineFolder Machine(string? text)
    {
        if (text is not null)
        {
            Directory.CreateDirectory(_folder["etc/strata"]);
            File.WriteAllText(_folder["etc/strata/updates.yaml"], text + "\n");
        }
        return new MachineFolder(_folder.Path, givesAway: false);
    }
}
