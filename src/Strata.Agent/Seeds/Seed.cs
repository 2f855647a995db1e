using Strata.Core;
using Strata.Yaml;

namespace Strata.Agent.Seeds;

/// <summary>Something that says who a machine is: where it was found, and what it says.</summary>
/// <param name="Place">For people: <c>/dev/vda1: strata/machine.yaml</c>.</param>
/// <param name="Digest">Of all its bytes: a later start sees from it whether it is another one.</param>
/// <param name="Words">Its words; empty when it is no such file at all.</param>
internal sealed record Seed(string Place, Sha256Digest Digest, YamlMapping Words)
{
    /// <summary>Bytes of a file at most.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>A file with words; what is no YAML is noted.</summary>
    public static Seed OfWords(string place, byte[] bytes, FaultList faults)
    {
        if (IsTooLarge(place, bytes, faults))
        {
            return new Seed(place, Sha256Digest.Of(bytes), Nothing(place));
        }
        return new Seed(place, Sha256Digest.Of(bytes), YamlFile.Read(bytes, place, faults) ?? Nothing(place));
    }

    /// <summary>True, and a fault, for a file that has more bytes than are read.</summary>
    public static bool IsTooLarge(string place, byte[] bytes, FaultList faults)
    {
        if (bytes.Length <= MostBytes)
        {
            return false;
        }
        faults.Add(new Fault(place, 1, 1, $"the file has more than {MostBytes >> 20} MiB, which is the most that is read"));
        return true;
    }

    /// <summary>No words.</summary>
    public static YamlMapping Nothing(string place) => new(place, 1, 1, []);
}

/// <summary>Where seeds may be.</summary>
internal interface ISeedSource
{
    /// <summary>Looks for seeds, those that count first first. What is wrong is noted.</summary>
    IReadOnlyList<Seed> Find(FaultList faults);
}
