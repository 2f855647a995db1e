namespace Strata.Composition.Tests;

public sealed class UnitExposuresTests
{
    [Fact]
    public void Read_WhatSystemdAnalyzePrints_IsOneLineForEachService()
    {
        const string Output = "  NAME           DESCRIPTION              EXPOSURE\n✗ PrivateNetwork= Service has access        0.5\n\n"
            + "→ Overall exposure level for web.service: 9.4 UNSAFE 😨\n→ Overall exposure level for a@1.service: 2.9 OK 🙂\n"
            + "→ Overall exposure level for web.service: 1.0 OK 🙂\n→ Overall exposure level for stranger.service: 1.0 OK 🙂\n";
        Assert.Equal(
            [new UnitExposure("a@1.service", 2.9, "OK"), new UnitExposure("web.service", 9.4, "UNSAFE")],
            UnitExposures.Read(Output, ["web.service", "a@1.service", "silent.service"]));
    }
}
