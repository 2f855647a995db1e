using Strata.Blueprints;
using Strata.Cli.Commands;
using Strata.Testing;

namespace Strata.Cli.Tests;

public class BuildCommandTests
{
    [Theory]
    [InlineData("nano", null, "disk")]
    [InlineData("nano", "iso", "iso")]
    [InlineData("container-base", null, "oci")] // it has no kernel
    [InlineData("container-base", "disk", "disk")]
    public void KindOf_NothingAsked_IsTheUsualOne(string edition, string? named, string kind) =>
        Assert.Equal(kind, BuildCommand.KindOf(named, new Catalog([Repository.Root]).Load(edition).Edition).Name);
}
