using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Fuzz.Tests;

/// <summary>The driver against readers with known defects: a driver that finds nothing looks just like one that is not looking.</summary>
public class CampaignTests
{
    private static readonly byte[] s_seed = [.. "MARK"u8, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    private static FuzzTarget Planted(FuzzRead read) => new("planted", read, () => [s_seed]) { Readers = [] };

    /// <summary>Trusts a length that stands in the input.</summary>
    private static void TrustsItsLength(ReadOnlySpan<byte> input)
    {
        if (!input.StartsWith("MARK"u8) || input.Length < 8)
        {
            throw new ImageFormatException("planted", 0, "no mark");
        }
        input.Slice(8, (int)BinaryPrimitives.ReadUInt32LittleEndian(input[4..]));
    }

    [Fact]
    public void Run_ReaderThatTrustsALength_IsFoundAndMinimised()
    {
        FuzzTarget target = Planted(TrustsItsLength);
        CampaignResult result = Campaign.Run(target, new CampaignOptions(5000, 1));
        Finding finding = Assert.Single(result.Findings, f =>
            f.Failure.StartsWith("ArgumentOutOfRangeException", StringComparison.Ordinal));
        Assert.Contains(nameof(TrustsItsLength), finding.Failure, StringComparison.Ordinal);
        byte[] smallest = Minimizer.Minimize(finding.Input, i => Execution.Of(target, i).Failure == finding.Failure);
        Assert.Equal(8, smallest.Length); // mark and length, nothing behind
        Assert.Equal(finding.Failure, Execution.Of(target, smallest).Failure);
    }

    [Fact]
    public void Run_SameSeed_ReadsTheSameInputs()
    {
        Assert.Equal(Inputs(7), Inputs(7));
        Assert.NotEqual(Inputs(7), Inputs(8));

        static List<string> Inputs(int seed)
        {
            List<string> inputs = [];
            Campaign.Run(Planted(_ => { }), new CampaignOptions(500, seed) { Before = i => inputs.Add(Convert.ToHexString(i)) });
            return inputs;
        }
    }

    [Fact]
    public void Run_ReaderThatAllocates_IsFound()
    {
        FuzzTarget target = Planted(input => GC.KeepAlive(new byte[input.Length > 16 ? 2 << 20 : 1])) with { MostAllocated = 1 << 20 };
        Assert.Equal("allocates too much", Assert.Single(Campaign.Run(target, new CampaignOptions(500, 1)).Findings).Failure);
    }

    [Fact]
    public void Run_ReaderThatIsSlow_IsFound()
    {
        FuzzTarget target = Planted(input => Thread.Sleep(input.Length > 16 ? 20 : 0)) with { MostTime = TimeSpan.FromMilliseconds(10) };
        Assert.Contains(Campaign.Run(target, new CampaignOptions(20, 1)).Findings, f => f.Failure == "takes too long");
    }

    [Fact]
    public void Run_ReaderOfOtherBytesThanItWrites_IsFound()
    {
        FuzzTarget target = Planted(input => Property.WritesTheSame(input, input[..Math.Min(input.Length, 16)]));
        Assert.StartsWith(nameof(PropertyException), Assert.Single(Campaign.Run(target, new CampaignOptions(500, 1)).Findings).Failure,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_RuleBehindARule_IsReached()
    {
        // What is refused by a new rule is gone on from: four bytes together are not found by luck within so few inputs.
        FuzzTarget target = Planted(input =>
        {
            int depth = input.CommonPrefixLength((byte[])[.. s_seed[..12], 0xFF, 0x7F, 0x80, 0x40]);
            throw depth == 16 ? new InvalidOperationException("reached")
                : new ImageFormatException("planted", 0, new string('x', Math.Max(depth, 12)));
        });
        Assert.Contains(Campaign.Run(target, new CampaignOptions(60_000, 1)).Findings, f =>
            f.Failure.StartsWith("InvalidOperationException", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_TargetWithoutSeeds_IsRefused()
    {
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => Campaign.Run(Planted(_ => { })
            with { Seeds = () => [] }, new CampaignOptions(10, 1)));
        Assert.Contains("planted", e.Message, StringComparison.Ordinal);
    }
}
