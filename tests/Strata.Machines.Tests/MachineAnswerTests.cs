using System.Text.Json;

namespace Strata.Machines.Tests;

public class MachineAnswerTests
{
    // what is read of QEMU's answers may be of any kind: another version, or none of that name
    [Theory]
    [InlineData("{\"status\": \"running\"}", "running")]
    [InlineData("{\"status\": \"\"}", "")]
    [InlineData("{\"status\": 5}", null)]
    [InlineData("{\"status\": null}", null)]
    [InlineData("{\"status\": {\"status\": \"running\"}}", null)]
    [InlineData("{\"Status\": \"running\"}", null)]
    [InlineData("[\"status\"]", null)]
    [InlineData("\"status\"", null)]
    public void TextOf_Answer_IsAText(string answer, string? text) =>
        Assert.Equal(text, Machine.TextOf(JsonDocument.Parse(answer).RootElement, "status"));
}
