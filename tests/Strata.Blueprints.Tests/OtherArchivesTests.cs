using Strata.Packages.Sources;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public sealed class OtherArchivesTests : IDisposable
{
    // a key in form only: a public key packet of version 4 and nothing that it could be used for
    private static readonly byte[] s_key = [0x98, 6, 4, 1, 2, 3, 4, 22];

    private static readonly string s_armoured =
        $"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{Convert.ToBase64String(s_key)}\n-----END PGP PUBLIC KEY BLOCK-----\n";

    private readonly TemporaryFolder _folder = new();

    public OtherArchivesTests()
    {
        Directory.CreateDirectory(_folder["e/keys"]);
        File.WriteAllBytes(_folder["e/a.gpg"], s_key);
        File.WriteAllText(_folder["e/keys/a.asc"], s_armoured);
        File.WriteAllText(_folder["outside.asc"], s_armoured);
        File.WriteAllText(_folder["e/no.asc"], "x");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Archive_HasAllThatItsWordsSay()
    {
        PackageArchive archive = Assert.Single(Read(
            """
              docker:
                urls: ["https://one.example/debian", "http://two.example/debian/"]
                suites: [trixie, trixie-test]
                components: [stable, extra]
                keys:
                  - a.gpg
                  - keys/a.asc
                priority: 600
                packages: [docker-ce, "docker-*-plugin"]
            """,
            out FaultList faults));
        Assert.Empty(faults.Faults);
        Assert.Equal("docker", archive.Name);
        Assert.Equal(["https://one.example/debian", "http://two.example/debian/"], archive.Roots.Select(r => r.AbsoluteUri));
        Assert.Equal(["trixie", "trixie-test"], archive.Suites);
        Assert.Equal(["stable", "extra"], archive.Components);
        Assert.Equal(["a.gpg", "keys/a.asc"], archive.Keyrings.Select(k => k.Name));
        Assert.All(archive.Keyrings, k => Assert.Equal(s_key, k.Content.ToArray()));
        Assert.Equal(600, archive.Priority);
        Assert.True(archive.Allows("docker-ce") && archive.Allows("docker-compose-plugin") && !archive.Allows("docker-ce-cli"));
    }

    [Fact]
    public void Read_KeyInTheFileItself_IsThatOfTheArmour()
    {
        string block = s_armoured.TrimEnd().Replace("\n", "\n        ", StringComparison.Ordinal);
        PackageArchive archive = Assert.Single(Read(
            $"  a:\n    urls: [https://x.example]\n    suites: [./]\n    packages: [x]\n    keys:\n      - |\n        {block}\n",
            out FaultList faults));
        Assert.Empty(faults.Faults);
        Assert.Equal(s_key, Assert.Single(archive.Keyrings).Content.ToArray());
        Assert.Null(archive.Priority);
        Assert.True(new ArchiveSuite(archive, "./").IsFlat);
    }

    [Fact]
    public void Read_SuiteOfDebians_NeedsNeitherAddressNorKey()
    {
        PackageArchive archive = Assert.Single(Read(
            "  backports: {suites: [trixie-backports], components: [main], packages: [x]}\n", out FaultList faults));
        Assert.Empty(faults.Faults);
        Assert.Empty(archive.Roots);
    }

    [Theory]
    [InlineData("Docker: {}", "'Docker' is no name of an archive")]
    [InlineData("own: {}", "'own' has a meaning of its own")]
    [InlineData("a: {}", "'suites' is missing")]
    [InlineData("a: {suites: [s], components: [c]}", "'packages' is missing")]
    [InlineData("a: {suites: [s], components: [c], packages: [p], key: [k]}", "unknown key 'key' (did you mean 'keys'?)")]
    [InlineData("a: {suites: [s], packages: [p]}", "archive 'a' has no 'components'")]
    [InlineData("a: {suites: [../s], components: [c], packages: [p]}", "'../s' is no suite of an archive")]
    [InlineData("a: {suites: [s], components: [/c], packages: [p]}", "'/c' is no component of an archive")]
    [InlineData("a: {suites: [s], components: [c], packages: [P]}", "'P' is no package of an archive")]
    [InlineData("a: {suites: [s], components: [c], packages: [p], priority: 1001}", "'priority' is '1001'")]
    [InlineData("a: {suites: [s], components: [c], packages: [p], keys: [a.gpg]}", "'keys' are for an archive with 'urls'")]
    [InlineData("a: {urls: [https://x], suites: [s], components: [c], packages: [p]}", "archive 'a' has no 'keys'")]
    [InlineData("a: {urls: [file:///x], suites: [s], components: [c], packages: [p], keys: [a.gpg]}",
        "'file:///x' is no address that starts with")]
    [InlineData("a: {urls: [\"https://me:secret@x\"], suites: [s], components: [c], packages: [p], keys: [a.gpg]}",
        "names a user; expected that in /etc/apt/auth.conf")]
    [InlineData("a: {urls: [https://x?y], suites: [s], components: [c], packages: [p], keys: [a.gpg]}", "has more than a path")]
    [InlineData("a: {urls: [https://x], suites: [s, s], components: [c], packages: [p], keys: [a.gpg]}", "a second time")]
    [InlineData("a: {urls: [https://x], suites: [./], components: [c], packages: [p], keys: [a.gpg]}", "has no components")]
    [InlineData("a: {urls: [https://x], suites: [./, s], packages: [p], keys: [a.gpg]}", "expected an archive for each")]
    [InlineData("a: {suites: [./], packages: [p]}", "a flat archive needs 'urls'")]
    [InlineData("a: {urls: [https://x], suites: [./], packages: [p], keys: [b.gpg]}",
        "b.gpg: it is not there; expected a file of OpenPGP keys")]
    [InlineData("a: {urls: [https://x], suites: [./], packages: [p], keys: [../outside.asc]}",
        "expected a file of OpenPGP keys below the folder")]
    [InlineData("a: {urls: [https://x], suites: [./], packages: [p], keys: [no.asc]}", "'no.asc' cannot be used: it holds no OpenPGP keys")]
    [InlineData("a: {urls: [https://x], suites: [./], packages: [p], keys: [\"-----BEGIN PGP PUBLIC KEY BLOCK-----\"]}",
        "the key cannot be used: a block of keys does not end")]
    public void Read_WhatCannotBe_IsAFault(string archive, string expected)
    {
        Read($"  {archive}\n", out FaultList faults);
        Assert.Contains(faults.Faults, f => f.Message.Contains(expected, StringComparison.Ordinal));
        Assert.All(faults.Faults, f => Assert.DoesNotContain("secret", f.Message, StringComparison.Ordinal));
    }

    private IReadOnlyList<PackageArchive> Read(string archives, out FaultList faults)
    {
        faults = new FaultList();
        string text = $"edition: e\nversion: '1'\nkernel: none\ncapabilities: [base]\narchives:\n{archives}";
        YamlMapping? mapping = YamlFile.Parse(text, "edition.yaml", faults);
        Assert.NotNull(mapping);
        return EditionFile.Read(mapping, _folder["e"], faults).Archives;
    }
}
