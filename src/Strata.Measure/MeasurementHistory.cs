using Strata.Core;

namespace Strata.Measure;

/// <summary>Measurements of an edition over time: a text file, one measurement a line, the newest last.</summary>
/// <remarks>
/// Form: <c>docs/formats/measure.md</c>. Lines of another version of the form are kept and counted, never guessed at. Each line names the
/// <see cref="MostFiles"/> largest files only, so that the file stays small enough for a repository.
/// </remarks>
public sealed class MeasurementHistory
{
    /// <summary>Name of the file, beside the blueprint.</summary>
    public const string FileName = "measurements.jsonl";

    /// <summary>Files that a line names.</summary>
    public const int MostFiles = 200;

    private const int MostBytes = 256 << 20;

    private MeasurementHistory(string path, IReadOnlyList<Measurement> measurements, IReadOnlyList<string> problems) =>
        (Path, Measurements, Problems) = (path, measurements, problems);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Measurement> Measurements { get; }

    /// <summary>Lines that could not be read, and why.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Reads a history; one that is not there is empty.</summary>
    /// <exception cref="StrataException">The file cannot be read at all.</exception>
    public static MeasurementHistory Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            return new MeasurementHistory(path, [], []);
        }
        try
        {
            if (new FileInfo(path).Length > MostBytes)
            {
                throw new StrataException($"cannot read the history {path}: it is larger than {new ByteSize(MostBytes)}");
            }
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read the history {path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Reads the text of a history.</summary>
    /// <param name="path">Where it is from, for messages.</param>
    /// <param name="text">The lines.</param>
    public static MeasurementHistory Parse(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<Measurement> measurements = [];
        List<string> problems = [];
        string name = System.IO.Path.GetFileName(path); // a report is shown to others: folders of this machine are none of their business
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }
            try
            {
                measurements.Add(Measurement.FromJson(System.Text.Encoding.UTF8.GetBytes(line), $"in line {number} of {name}"));
            }
            catch (StrataException e)
            {
                problems.Add(e.Message);
            }
        }
        return new MeasurementHistory(path, measurements, problems);
    }

    /// <summary>Adds a measurement at the end; one of the same commit and image is replaced.</summary>
    /// <exception cref="StrataException">The file cannot be written.</exception>
    public static void Append(string path, Measurement measurement)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(measurement);
        try
        {
            List<string> lines = File.Exists(path) ? [.. File.ReadAllLines(path)] : [];
            Measurement? last = lines.Count > 0 && Parse(path, lines[^1]).Measurements is [Measurement only] ? only : null;
            if (last is not null && last.Commit == measurement.Commit && last.Digest == measurement.Digest && last.Image == measurement.Image)
            {
                lines.RemoveAt(lines.Count - 1);
            }
            lines.Add(System.Text.Encoding.UTF8.GetString(Shortened(measurement).ToJson()));
            string temporary = path + ".new";
            File.WriteAllText(temporary, string.Join('\n', lines) + "\n");
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot write the history {path}: {e.Message}", "Is there room, and may you write there? '--history FILE' names another place.", e);
        }
    }

    /// <summary>The same measurement with its largest files only, and without what is long and tells nothing later.</summary>
    public static Measurement Shortened(Measurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        long least = measurement.Download.Parts.SelectMany(p => p.Packages).SelectMany(p => p.Files).Select(f => f.Packed)
            .OrderDescending().Skip(MostFiles - 1).FirstOrDefault();
        return measurement with
        {
            Difference = null,
            Download = measurement.Download with
            {
                Parts =
                [
                    .. measurement.Download.Parts.Select(p => p with
                    {
                        Packages = [.. p.Packages.Select(k => k with { Files = [.. k.Files.Where(f => f.Packed >= least)] })],
                    }),
                ],
            },
            Surface = measurement.Surface with { Binaries = [.. measurement.Surface.Binaries.Where(b => b.IsProgram)] },
        };
    }
}
