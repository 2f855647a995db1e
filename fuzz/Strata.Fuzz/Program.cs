using System.CommandLine;
using System.Globalization;
using Strata.Core;
using Strata.Testing;

namespace Strata.Fuzz;

/// <summary>The command line: names of targets, runs, what was found. 0 nothing found, 1 something found, 2 not understood.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments.Contains(InstrumentedCopy.Argument))
        {
            Coverage.TurnOn();
            arguments = [.. arguments.Where(a => a != InstrumentedCopy.Argument)];
        }
        Argument<string> name = new("target")
        {
            Description = "Name of a target, 'all', or 'list' for the names", Arity = ArgumentArity.ExactlyOne,
        };
        Option<long> runs = new("--runs")
        {
            Description = "Inputs to read, of each target", HelpName = "number", DefaultValueFactory = _ => 100_000,
        };
        Option<int> seed = new("--seed")
        {
            Description = "Of all choices; the same seed makes the same inputs", HelpName = "number", DefaultValueFactory = _ => 1,
        };
        Option<int?> seconds = new("--seconds") { Description = "End after this time, of each target", HelpName = "number" };
        Option<FileInfo?> file = new("--file") { Description = "Read this input only, and say what happens", HelpName = "path" };
        Option<DirectoryInfo?> corpus = new("--corpus") { Description = "Start from the files of this folder too", HelpName = "folder" };
        Option<bool> coverage = new("--coverage") { Description = "Let branches of the code guide the choice of inputs" };
        RootCommand root = new("Reads broken copies of what readers of Strata read, and tells what leaves them that should not")
        {
            name, runs, seed, seconds, file, corpus, coverage,
        };
        root.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = parsed.GetValue(name)!;
            if (wanted == "list")
            {
                foreach (FuzzTarget target in FuzzTargets.All)
                {
                    Console.WriteLine($"{target.Name,-22} {string.Join(' ', target.Readers.Select(r => r.Name))}");
                }
                return 0;
            }
            IReadOnlyList<FuzzTarget> targets = wanted == "all" ? FuzzTargets.All : [.. FuzzTargets.All.Where(t => t.Name == wanted)];
            if (targets.Count == 0)
            {
                Console.Error.WriteLine(
                    $"cannot find target '{wanted}'{NearMiss.Suggestion(wanted, FuzzTargets.All.Select(t => t.Name))}\nhint: 'list' "
                    + "names all.");
                return 2;
            }
            if (parsed.GetValue(coverage) && !Coverage.IsOn)
            {
                return await InstrumentedCopy.RunAsync(Folder("instrumented"), arguments);
            }
            if (parsed.GetValue(file) is FileInfo input)
            {
                byte[] bytes = await File.ReadAllBytesAsync(input.FullName, cancellationToken);
                return targets.Select(t => Replay(t, bytes)).ToArray().Contains(true) ? 1 : 0;
            }
            TimeSpan? limit = parsed.GetValue(seconds) is int time ? TimeSpan.FromSeconds(time) : null;
            IEnumerable<FileInfo> files = parsed.GetValue(corpus)?.EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal)
                ?? Enumerable.Empty<FileInfo>();
            CampaignOptions options = new(parsed.GetValue(runs), parsed.GetValue(seed), limit)
            {
                Corpus = [.. files.Select(f => File.ReadAllBytes(f.FullName))],
            };
            return targets.Select(t => Search(t, options)).ToArray().Contains(true) ? 1 : 0; // all, whatever the first one finds
        });
        return await root.Parse(arguments).InvokeAsync();
    }

    private static bool Replay(FuzzTarget target, byte[] input)
    {
        Execution execution = Execution.Of(target, input);
        Console.WriteLine(execution.Failure is string failure
            ? $"{target.Name}: {failure}\n{execution.Details}"
            : $"{target.Name}: {(execution.Shape.Length == 0 ? "taken" : "refused as documented: " + execution.Shape)}");
        return execution.Failure is not null;
    }

    /// <summary>
    /// Runs a campaign and keeps what it found, minimised, in <c>artifacts/fuzz/TARGET</c>; true when it found something.
    /// </summary>
    private static bool Search(FuzzTarget target, CampaignOptions options)
    {
        string folder = Folder(target.Name);
        Directory.CreateDirectory(folder);
        using LastInput last = new(Path.Combine(folder, "last"), target.MostBytes);
        CampaignResult result = Campaign.Run(target, options with { Before = last.Keep });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target.Name,-22} {result.Executions,9} executions  {result.Executions / result.Elapsed.TotalSeconds,8:0}/s  "
                + $"{result.Elapsed.TotalSeconds,6:0.0} s  {result.Taken,9} taken  ")
            + $"{result.Corpus,5} inputs  {(Coverage.IsOn ? $"{result.Branches} edges  " : "")}{result.Findings.Count} findings");
        foreach (Finding finding in result.Findings)
        {
            byte[] smallest = finding.Failure is "does not end" or "takes too long"
                ? finding.Input // each try would take as long
                : Minimizer.Minimize(finding.Input, i => Execution.Of(target, i).Failure == finding.Failure);
            string path = Path.Combine(folder, Sha256Digest.Of(smallest).ToString()[..16]);
            File.WriteAllBytes(path, smallest);
            Console.WriteLine($"  {finding.Failure}: {finding.Input.Length} bytes, {smallest.Length} when minimised: "
                + $"{Path.GetRelativePath(Environment.CurrentDirectory, path)}");
            Console.WriteLine("    " + finding.Details.ReplaceLineEndings("\n    "));
        }
        return result.Findings.Count > 0;
    }

    private static string Folder(string name) => Path.Combine(Repository.Root, "artifacts", "fuzz", name);
}
