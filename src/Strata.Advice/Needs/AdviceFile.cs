using System.Globalization;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Advice.Needs;

/// <summary>Reads <c>advice/advice.yaml</c>.</summary>
internal static class AdviceFile
{
    /// <summary>Its name, below the folder that Strata comes with.</summary>
    public const string FileName = "advice/advice.yaml";

    private const int FirstYear = 2026;
    private const int LastYear = 2100;

    /// <summary>Reads the file.</summary>
    /// <exception cref="StrataException">It is missing or faulty.</exception>
    public static AdviceRules Load(string path)
    {
        FaultList faults = new();
        AdviceRules? rules = YamlFile.Load(path, FileName, faults) is YamlMapping mapping ? Read(mapping, faults) : null;
        faults.ThrowIfAny("the rules of advice");
        return rules ?? throw new StrataException($"cannot read the rules of advice: {FileName} is empty");
    }

    /// <summary>Reads a parsed file. Faults are collected, none is thrown.</summary>
    public static AdviceRules Read(YamlMapping mapping, FaultList faults)
    {
        MappingReader reader = new(mapping, faults);
        AdviceRules rules = new(
            ReadSupport(reader), [.. Items(reader, "offers").Select(ReadOffer)],
            [.. Items(reader, "cautions").Select(ReadCaution)], [.. Items(reader, "elsewhere").Select(ReadOther)]);
        reader.Done();
        return rules;
    }

    private static SupportSpan ReadSupport(MappingReader reader)
    {
        if (reader.Mapping("support") is not MappingReader support)
        {
            _ = reader.Value("support", required: true);
            return new SupportSpan("", 0, 0, "", "");
        }
        SupportSpan span = new(
            support.Text("release", required: true) ?? "", Year(support, "full-until") ?? 0, Year(support, "until") ?? 0,
            support.Text("source", required: true) ?? "", Date(support, "seen"));
        support.Done();
        return span;
    }

    private static Offer ReadOffer(MappingReader reader)
    {
        Offer offer = new()
        {
            Take = reader.Text("take", required: true) ?? "",
            IsExample = reader.Flag("example", otherwise: false),
            For = Words(reader, "for", NeedWords.For, required: true),
            Firmware = reader.Scalar("firmware") is null ? null : reader.Choice("firmware", NeedWords.Uefi, NeedWords.Firmware),
            Does = reader.Text("does", required: true) ?? "",
            Libc = reader.Choice("libc", NeedWords.AnyLibc, NeedWords.Libc),
            Updates = Words(reader, "updates", NeedWords.Updates, required: true),
            Caution = reader.Text("caution", required: true) ?? "",
            Needs = reader.Mapping("needs") is MappingReader needs ? ReadNeeds(needs) : null,
            Measured = reader.Mapping("measured") is MappingReader measured ? ReadNumbers(measured) : null,
        };
        if (offer is { Measured: null, Needs: null } && reader.Scalar("take") is YamlScalar name)
        {
            reader.Faults.Add(name,
                $"offer '{name.Text}' has neither 'measured' nor 'needs'; expected numbers that advice can be held against");
        }
        reader.Done();
        return offer;
    }

    private static OfferNeeds ReadNeeds(MappingReader reader)
    {
        OfferNeeds needs = new(reader.Size("memory"), reader.Size("disk"), reader.Text("source", required: true) ?? "");
        reader.Done();
        return needs;
    }

    private static MeasuredNumbers ReadNumbers(MappingReader reader)
    {
        MeasuredNumbers numbers = new(
            Date(reader, "date"), reader.Text("source", required: true) ?? "", Required(reader, "download"), reader.Size("memory"),
            reader.Size("idle"), Required(reader, "installed"), Count(reader, "packages"), Count(reader, "programs"),
                Count(reader, "setuid"),
            (int?)reader.Number("sockets", 0, int.MaxValue));
        reader.Done();
        return numbers;
    }

    private static (IReadOnlyList<Condition>, string) ReadCaution(MappingReader reader)
    {
        List<Condition> when = reader.Mapping("when") is MappingReader condition ? [ReadCondition(condition)] : [];
        string say = reader.Text("say", required: true) ?? "";
        reader.Done();
        return (when, say);
    }

    private static OtherProject ReadOther(MappingReader reader)
    {
        OtherProject other = new(
            reader.Text("project", required: true) ?? "", reader.Text("url", required: true) ?? "",
            reader.Text("because", required: true) ?? "", [.. Items(reader, "when").Select(ReadCondition)],
            [.. Items(reader, "says", required: false).Select(ReadCited)]);
        reader.Done();
        return other;
    }

    private static CitedNumber ReadCited(MappingReader reader)
    {
        CitedNumber cited = new(reader.Text("what", required: true) ?? "", reader.Text("source", required: true) ?? "",
            Date(reader, "seen"));
        reader.Done();
        return cited;
    }

    private static Condition ReadCondition(MappingReader reader)
    {
        Condition condition = new()
        {
            For = Words(reader, "for", NeedWords.For),
            Libc = Words(reader, "libc", NeedWords.Libc),
            Updates = Words(reader, "updates", NeedWords.Updates),
            MemoryBelow = reader.Size("memory-below"),
            MemoryFrom = reader.Size("memory-from"),
            DiskBelow = reader.Size("disk-below"),
            UntilFrom = Year(reader, "until-from"),
        };
        reader.Done();
        return condition;
    }

    private static IEnumerable<MappingReader> Items(MappingReader reader, string key, bool required = true) =>
        reader.List(key, required).Select(i => MappingReader.Of(i, $"entry of '{key}'", reader.Faults)).OfType<MappingReader>();

    private static string[] Words(MappingReader reader, string key, IReadOnlyList<string> known, bool required = false)
    {
        IReadOnlyList<YamlScalar> words = reader.Texts(key, required);
        foreach (YamlScalar word in words.Where(w => !known.Contains(w.Text)))
        {
            reader.Faults.Add(word,
                $"'{word.Text}' is no word of '{key}'{NearMiss.Suggestion(word.Text, known)}; expected {string.Join(", ", known)}");
        }
        return [.. words.Select(w => w.Text)];
    }

    private static ByteSize Required(MappingReader reader, string key)
    {
        _ = reader.Value(key, required: true);
        return reader.Size(key) ?? default;
    }

    private static int Count(MappingReader reader, string key)
    {
        _ = reader.Value(key, required: true);
        return (int)(reader.Number(key, 0, int.MaxValue) ?? 0);
    }

    private static int? Year(MappingReader reader, string key) => (int?)reader.Number(key, FirstYear, LastYear);

    // a number without its day would be believed for ever
    private static string Date(MappingReader reader, string key)
    {
        YamlScalar? text = reader.Scalar(key, required: true);
        if (text is not null && !DateOnly.TryParseExact(text.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            reader.Faults.Add(text, $"'{key}' is '{text.Text}'; expected a day such as 2026-11-21");
        }
        return text?.Text ?? "";
    }
}
