using System.Globalization;
using Strata.Testing;
using Xunit.Abstractions;

namespace Strata.Boot.Tests.Layers;

/// <summary>What a layer costs at the start. The numbers are printed; only a gross loss of speed fails.</summary>
[Collection("guests with layers")]
public sealed class CurveTests(ITestOutputHelper output) : IDisposable
{
    private const int Runs = 3;
    private const double MostMillisecondsPerLayer = 50; // under software emulation

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_OneToSixteenLayers_EachCostsLittle()
    {
        Dictionary<int, double> milliseconds = [];
        TestLayer lowest = await LayerBench.BaseAsync();
        foreach (int count in (int[])[1, 2, 4, 8, 16])
        {
            List<TestLayer> layers = [lowest];
            for (int i = 1; i < count; i++)
            {
                layers.Add(await LayerBench.MarkAsync($"layer{i.ToString("00", CultureInfo.InvariantCulture)}", 100_000));
            }
            string initrd = await LayerBench.InitrdWithLayersAsync(_folder, layers);
            List<double> times = [];
            for (int run = 0; run < Runs; run++)
            {
                GuestRun guest = await LayeredGuest.RunAsync(initrd);
                Assert.Equal(count, guest.Marks.Count);
                times.Add(guest.Report.GetProperty("milliseconds").GetDouble());
            }
            milliseconds[count] = times.Min(); // what else the machine does only adds
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,2} layers: {milliseconds[count]:0} ms of {string.Join(", ", times)}"));
        }
        double each = (milliseconds[16] - milliseconds[1]) / 15;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"each layer: {each:0.0} ms"));
        Assert.True(each <= MostMillisecondsPerLayer, $"a layer costs {each:0.0} ms, allowed {MostMillisecondsPerLayer}");
    }
}
