using System.Text;
using Strata.Core;
using Strata.Inventory.Bills;

namespace Strata.Inventory.Tests.Bills;

public class BillReaderTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSameBill()
    {
        byte[] written = BillForm.CycloneDx.Write(MadeBill.Whole);
        Assert.Equal(written, BillForm.CycloneDx.Write(BillReader.Read(written, "made")));
        byte[] layer = BillForm.CycloneDx.Write(MadeBill.Whole.OfLayer("system"));
        Assert.Equal(layer, BillForm.CycloneDx.Write(BillReader.Read(layer, "made")));
    }

    [Theory]
    [InlineData("", "cannot read the bill of materials made")]
    [InlineData("[]", "requires an element of type 'Object'")]
    [InlineData("{\"bomFormat\":\"SPDX\"}", "no document of CycloneDX")]
    [InlineData("{\"bomFormat\":\"CycloneDX\"}", "cannot read the bill of materials made")]
    [InlineData("{\"bomFormat\":\"CycloneDX\",\"bomFormat\":\"CycloneDX\"}", "cannot read the bill of materials made")]
    public void Read_SomethingElse_SaysWhatItIs(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<StrataException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_DocumentOfAnotherProgram_SaysThatStrataDidNotWriteIt()
    {
        string text = Encoding.UTF8.GetString(BillForm.CycloneDx.Write(MadeBill.Whole)).Replace("\"strata:kind\"", "\"kind\"",
            StringComparison.Ordinal);
        Assert.Contains("of no kind that strata writes", Assert.Throws<StrataException>(() => Read(text)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Cut off at any byte, and with any byte changed, nothing but the one exception leaves.</summary>
    [Fact]
    public void Read_CutOffOrChanged_OnlyStrataExceptionsLeave()
    {
        byte[] written = BillForm.CycloneDx.Write(MadeBill.Whole);
        for (int at = 0; at < written.Length - 2; at += 7)
        {
            Assert.Throws<StrataException>(() => BillReader.Read(written.AsMemory(0, at), "made"));
            byte[] changed = [.. written];
            changed[at] ^= 0x11;
            try
            {
                BillReader.Read(changed, "made");
            }
            catch (StrataException)
            {
                // refused, as it may
            }
        }
    }

    private static Bill Read(string text) => BillReader.Read(Encoding.UTF8.GetBytes(text), "made");
}
