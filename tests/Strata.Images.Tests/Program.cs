using Strata.Images.Tests.Building.Bench;

namespace Strata.Images.Tests;

/// <summary>
/// Builds every edition of the bench in every kind and writes the digests of all outputs, a line each:
/// <c>dotnet run --project tests/Strata.Images.Tests -- FILE</c>. The files of two commits show what a change does to images.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is not [string file])
        {
            await Console.Error.WriteLineAsync("usage: Strata.Images.Tests FILE");
            return 2;
        }
        using EditionBench bench = new();
        await File.WriteAllLinesAsync(file, await bench.DigestsAsync());
        Console.WriteLine($"{Environment.ProcessorCount} processors");
        return 0;
    }
}
