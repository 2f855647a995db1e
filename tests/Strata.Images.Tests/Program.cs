using System.Globalization;
using Strata.Images.Tests.Building.Bench;

namespace Strata.Images.Tests;

/// <summary>
/// Builds every edition of the bench in every kind and writes the digests of all outputs, a line each:
/// <c>dotnet run --project tests/Strata.Images.Tests -- FILE</c>. The files of two commits show what a change does to images.
/// With a folder, images lie there too, made of files in an order of the seed's.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is not ([_] or [_, _, _]))
        {
            await Console.Error.WriteLineAsync("usage: Strata.Images.Tests FILE [FOLDER SEED]");
            return 2;
        }
        string file = args[0];
        using EditionBench bench = new();
        if (args is [_, string folder, string seed])
        {
            bench.AddFolder(int.Parse(seed, CultureInfo.InvariantCulture));
            await bench.WriteImagesAsync(folder);
        }
        await File.WriteAllLinesAsync(file, await bench.DigestsAsync());
        Console.WriteLine($"{Environment.ProcessorCount} processors");
        return 0;
    }
}
