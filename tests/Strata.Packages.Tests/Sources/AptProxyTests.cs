using System.Net;
using Strata.Packages.Sources;
using Strata.Testing;

namespace Strata.Packages.Tests.Sources;

public sealed class AptProxyTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    /// <summary>apt itself says what its files mean.</summary>
    [SkippableTheory]
    [InlineData("Acquire::http::Proxy \"http://p:1/\";\n")]
    [InlineData("acquire { http { proxy \"http://p:1/\"; }; };")]
    [InlineData("Acquire { http { Proxy \"http://p:1/\"; Proxy::x.example \"DIRECT\"; } }\nAcquire::http::Proxy \"http://q:2/\";")]
    [InlineData("// Acquire::http::Proxy \"http://no:1/\";\n/* Acquire::http::Proxy \"http://no/\";\n*/ "
        + "Acquire::http::Proxy \"http://p/\";")]
    [InlineData("# Acquire::http::Proxy \"http://no:1/\";\nAcquire::http {\n  Proxy \"http://p:1/\"; // why\n  Timeout \"10\";\n};\n")]
    [InlineData("Acquire::https::Proxy \"socks5h://me:pw@s:1\";\nDPkg::P { \"rm x || true\"; };\nAcquire::http::Proxy \"\";")]
    [InlineData("Acquire::http::Timeout 3;\nAcquire::https::Proxy \"http://p/#x{;}\";")]
    public void Read_Options_MeanWhatAptSays(string text)
    {
        Oracle.FindOptional("apt-config");
        Write("apt.conf.d/50proxy", text);
        (int exitCode, string said) = Oracle.Run(
            "env", "APT_CONFIG=/dev/null", "apt-config", "-c", _root["etc/apt/apt.conf.d/50proxy"], "dump");
        Assert.True(exitCode == 0, said);
        AptOptions options = AptOptions.Read(_root.Path);
        string[] names = ["Acquire::http::Proxy", "Acquire::http::Proxy::x.example", "Acquire::https::Proxy", "Acquire::http::Timeout"];
        Assert.All(names, n => Assert.Equal(Said(said, n), options.Find(n)));
    }

    [Fact]
    public void Read_Files_AreThoseOfAptAndTheLastWordCounts()
    {
        Write("apt.conf.d/10a", "A::b \"1\";");
        Write("apt.conf.d/20b.conf", "A::b \"2\";");
        Write("apt.conf.d/30c.bak", "A::b \"3\";");
        Write("apt.conf.d/30d~", "A::b \"4\";");
        Assert.Equal("2", AptOptions.Read(_root.Path).Find("a::B"));
        Write("apt.conf", "A::b \"5\";");
        Assert.Equal("5", AptOptions.Read(_root.Path).Find("A::b"));
        Assert.Null(AptOptions.Read(_root["nowhere"]).Find("A::b"));
    }

    [Theory]
    [InlineData("{{{{{{")]
    [InlineData("A \"")]
    [InlineData("A /* x")]
    [InlineData("}}}};;;;\"")]
    public void Read_Nonsense_IsPassedOver(string text)
    {
        Write("apt.conf", text);
        Assert.Null(AptOptions.Read(_root.Path).Find("A"));
    }

    [Theory]
    [InlineData(31, "y")]
    [InlineData(32, null)] // a scope too deep: the rest of the file is passed over
    [InlineData(10_000, null)]
    public void Read_ScopesInScopes_AreReadToALimit(int depth, string? expected)
    {
        string scopes = string.Concat(Enumerable.Repeat("a { ", depth)) + "b \"y\"; " + string.Concat(Enumerable.Repeat("}; ", depth));
        Write("apt.conf", $"Before \"x\";\n{scopes}\nAfter \"z\";\n");
        AptOptions options = AptOptions.Read(_root.Path);
        Assert.Equal(expected, options.Find(string.Concat(Enumerable.Repeat("a::", depth)) + "b"));
        Assert.Equal(("x", expected is null ? null : "z"), (options.Find("Before"), options.Find("After")));
    }

    [Theory]
    [InlineData(20_000, 0, true)]
    [InlineData(20_001, 0, false)]
    [InlineData(1, (1 << 20) - 9, true)]
    [InlineData(1, (1 << 20) - 8, false)]
    public void Read_MoreThanAnybodyHas_IsLeftOut(int options, int blanks, bool hasLast)
    {
        IEnumerable<string> lines = Enumerable.Range(0, options).Select(i => $"A{i + 10} \"x\";\n"); // nine bytes where it is one
        Write("apt.conf", string.Concat(lines) + new string(' ', blanks));
        Assert.Equal(hasLast ? "x" : null, AptOptions.Read(_root.Path).Find($"A{options + 9}"));
    }

    [Theory]
    [InlineData("", "http://a.example/", "http://env/")]
    [InlineData("Acquire::http::Proxy \"http://p:3128\";", "http://a.example/", "http://p:3128/")]
    [InlineData("Acquire::http::Proxy \"http://p:3128\";", "https://a.example/", "http://p:3128/")]
    [InlineData("Acquire::http::Proxy \"http://p\"; Acquire::https::Proxy \"DIRECT\";", "https://a.example/", null)]
    [InlineData("Acquire::http::Proxy \"http://p\"; Acquire::http::Proxy::a.example \"DIRECT\";", "http://a.example/", null)]
    [InlineData("Acquire::http::Proxy \"http://p\"; Acquire::http::Proxy::a.example \"DIRECT\";", "http://b.example/", "http://p/")]
    [InlineData("Acquire::http::Proxy \"http://p\";", "http://x.local/", null)] // no_proxy
    [InlineData("Acquire::http::Proxy \"http://p\";", "http://local.example/", "http://p/")]
    [InlineData("Acquire::http::Proxy \"socks5h://p:1080\";", "http://a.example/", "socks5://p:1080")]
    [InlineData("Acquire::http::Proxy-Auto-Detect \"/bin/false\";", "http://a.example/", "http://env/")]
    public void GetProxy_Address_GoesWhereAptWouldSendIt(string text, string address, string? expected)
    {
        Write("apt.conf", text);
        AptProxy proxy = new(AptOptions.Read(_root.Path), new WebProxy("http://env/"), "127.0.0.1,.local");
        Assert.Equal(expected is null ? null : new Uri(expected), proxy.GetProxy(new Uri(address)));
        Assert.Equal(expected is null, proxy.IsBypassed(new Uri(address)));
    }

    [Fact]
    public void Credentials_OfAProxy_StandApartFromItsAddress()
    {
        Write("apt.conf", "Acquire::http::Proxy \"http://me:p%40w@p:3128/\";");
        AptProxy proxy = new(AptOptions.Read(_root.Path), new WebProxy(), null);
        Uri address = proxy.GetProxy(new Uri("http://a.example/"))!;
        Assert.Equal("http://p:3128/", address.AbsoluteUri);
        NetworkCredential found = proxy.Credentials!.GetCredential(address, "Basic")!;
        Assert.Equal(("me", "p@w"), (found.UserName, found.Password));
        Assert.Null(proxy.Credentials.GetCredential(new Uri("http://q:3128/"), "Basic"));
    }

    private static string? Said(string dump, string name) => dump.Split('\n')
        .Where(l => l.StartsWith(name + " \"", StringComparison.OrdinalIgnoreCase)).Select(l => l[(name.Length + 2)..^2])
        .FirstOrDefault(v => v.Length > 0);

    private void Write(string name, string text)
    {
        string path = Path.Combine(_root.Path, "etc/apt", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
