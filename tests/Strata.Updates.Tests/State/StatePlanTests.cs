using System.Text;
using Strata.Core;
using Strata.Updates.State;

namespace Strata.Updates.Tests.State;

public class StatePlanTests
{
    private static readonly StatePlan s_plan = new()
    {
        Edition = "mqtt",
        Init = "/usr/sbin/init",
        Folders = [new("/data", 7, 8, 488, 16 << 20), new(StatePlan.OwnFolder, 0, 0, 493)],
    };

    [Fact]
    public void Write_Plan_IsThisText() => Assert.Equal(
        """{"format":"strata-state-1","edition":"mqtt","init":"/usr/sbin/init","everything":false,"encrypt":"","folders":["""
        + """{"path":"/data","user":7,"group":8,"mode":488,"limit":16777216},"""
        + """{"path":"/var/lib/strata","user":0,"group":0,"mode":493,"limit":0}]}""" + "\n",
        Encoding.UTF8.GetString(StatePlanText.Write(s_plan)));

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        StatePlan read = StatePlanText.Read(StatePlanText.Write(s_plan));
        Assert.Equal((s_plan.Edition, s_plan.Init, false), (read.Edition, read.Init, read.IsEverything));
        Assert.Equal(s_plan.Folders, read.Folders);
        Assert.True(StatePlanText.Read(StatePlanText.Write(new StatePlan { Edition = "e", IsEverything = true })).IsEverything);
    }

    [Theory]
    [InlineData("strata-state-1", "strata-state-2")]
    [InlineData("\"mqtt\"", "\"M\"")]
    [InlineData("/data", "data")]
    [InlineData("/data", "/a/../b")]
    [InlineData("/data", "/")]
    [InlineData("/data", "/var/lib/strata")] // a second time
    [InlineData("/data", "/zzz")] // not sorted
    [InlineData("/data", "/var")] // with another in it
    [InlineData("488", "4096")]
    [InlineData("16777216", "16777217")]
    [InlineData("16777216", "1048576")]
    [InlineData("\"user\":7", "\"user\":2147483648")]
    [InlineData("\"user\":7", "\"user\":-1")]
    [InlineData("false", "true")] // everything, and folders
    [InlineData("/usr/sbin/init", "init")]
    [InlineData("}]}\n", "}]} ")]
    public void Read_Changed_IsRefused(string from, string to)
    {
        string text = Encoding.UTF8.GetString(StatePlanText.Write(s_plan));
        Assert.Contains(from, text, StringComparison.Ordinal);
        int at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.Throws<ImageFormatException>(() => StatePlanText.Read(Encoding.UTF8.GetBytes(text[..at] + to + text[(at + from.Length)..])));
    }
}
