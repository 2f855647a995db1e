using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Builds on two machines, played by two stores, that share what they make.</summary>
public class SharedCacheTests
{
    private const string Image = "container-static/container-static.oci.tar";
    private const string Nobody = "http://127.0.0.1:9"; // discard: nobody listens there

    [SkippableFact]
    public void Build_SecondMachine_TakesTheImageFromTheCacheAndChecksIt()
    {
        using TemporaryFolder folder = new();
        using CacheServer cache = new();
        Directory.CreateDirectory(folder["mine"]);
        File.Copy(Path.Combine(Repository.Root, "editions/container-static/edition.yaml"), folder["mine/edition.yaml"]);
        Assert.Equal(0, StrataProgram.Run(folder.Path, "lock", "./mine").ExitCode);

        StrataProgram.Outcome first = Build("one", []);
        Assert.True(first.ExitCode == 0, first.All);
        Assert.DoesNotContain("warning", first.Errors, StringComparison.Ordinal);
        byte[] image = File.ReadAllBytes(folder["one/" + Image]);
        (string contentPath, _) = Assert.Single(cache.Kept, k => k.Value.AsSpan().SequenceEqual(image));
        Assert.StartsWith("/team/cas/", contentPath, StringComparison.Ordinal);

        // nothing but the cache: the archive is not there, and the store is empty
        cache.Requests.Clear();
        StrataProgram.Outcome second = Build("two",
            new() { ["STRATA_MIRROR"] = Nobody, ["STRATA_SECURITY_MIRROR"] = Nobody, ["STRATA_CACHE_READONLY"] = "1" });
        Assert.True(second.ExitCode == 0, second.All);
        Assert.Equal(image, File.ReadAllBytes(folder["two/" + Image]));
        Assert.Contains("taking container from the cache", second.Errors, StringComparison.Ordinal);
        Assert.NotEmpty(cache.Requests);
        Assert.All(cache.Requests, r => Assert.StartsWith("GET ", r, StringComparison.Ordinal));

        cache.Requests.Clear();
        StrataProgram.Outcome offline = Build("three", [], "--offline");
        Assert.Equal(1, offline.ExitCode);
        Assert.Empty(cache.Requests);

        // the first machine has forgotten its results, and somebody exchanged the image in the cache
        Directory.Delete(folder["store-one/ac"], recursive: true);
        string digest = contentPath["/team/cas/".Length..];
        File.Delete(folder[$"store-one/cas/{digest[..2]}/{digest}"]);
        cache.Kept[contentPath] = [.. image[..^1], 1];
        StrataProgram.Outcome poisoned = Build("one", []);
        Assert.True(poisoned.ExitCode == 0, poisoned.All);
        Assert.Contains($"sent something else for {digest}", poisoned.Errors, StringComparison.Ordinal);
        Assert.Equal(image, File.ReadAllBytes(folder["one/" + Image]));
        Assert.Equal(image, cache.Kept[contentPath]);

        foreach (StrataProgram.Outcome outcome in new[] { first, second, offline, poisoned })
        {
            Assert.DoesNotContain(CacheServer.User, outcome.All, StringComparison.Ordinal);
            Assert.DoesNotContain(CacheServer.Password, outcome.All, StringComparison.Ordinal);
        }

        StrataProgram.Outcome Build(string name, Dictionary<string, string?> more, params string[] options)
        {
            Dictionary<string, string?> environment = new(
                more) { ["STRATA_CACHE"] = cache.Address, ["no_proxy"] = "127.0.0.1", ["NO_PROXY"] = "127.0.0.1" };
            return StrataProgram.Run(
                folder.Path, environment,
                ["build", "./mine", "--locked", "--store", folder["store-" + name], "--output", name, .. options]);
        }
    }

    [SkippableTheory]
    [InlineData("STRATA_CACHE", "ftp://builder:opensesame@cache.example")]
    [InlineData("STRATA_CACHE", "builder:opensesame@cache.example")]
    [InlineData("STRATA_CACHE", "cache")]
    [InlineData("STRATA_CACHE_READONLY", "yes")]
    public void Build_SettingThatCannotBeUsed_IsNamedWithoutItsPassword(string setting, string value)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(
            folder.Path, new Dictionary<string, string?> { [setting] = value, ["STRATA_STORE"] = folder["store"] }, "build",
            "container-static");
        Failure.Says(outcome, 1, $"cannot use {setting}");
        Assert.DoesNotContain("opensesame", outcome.All, StringComparison.Ordinal);
    }
}
