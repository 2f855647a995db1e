using Strata.Core;

namespace Strata.Advice.Needs;

/// <summary>What was found for a need.</summary>
/// <param name="Fits">What fits, the proposal first; nothing when none does.</param>
/// <param name="DoesNotFit">What is for the same and does not fit, with every reason.</param>
/// <param name="Cautions">What is to be known besides.</param>
/// <param name="Elsewhere">Other projects that fit better, or as well.</param>
/// <param name="Support">How long the packages are kept that everything is built from.</param>
public sealed record NeedAdvice(
    IReadOnlyList<ProposedOffer> Fits, IReadOnlyList<RefusedOffer> DoesNotFit, IReadOnlyList<string> Cautions,
    IReadOnlyList<ProposedProject> Elsewhere, SupportSpan Support);

/// <summary>Something that fits. Sizes in bytes.</summary>
/// <param name="Name">Name of the edition or the example.</param>
/// <param name="IsExample">True for an example, which one copies and changes.</param>
/// <param name="Does">What it does.</param>
/// <param name="Command">How to have it.</param>
/// <param name="Caution">The main caution.</param>
/// <param name="NeedsMemory">Memory without which it would not be proposed; null for a container.</param>
/// <param name="NeedsDisk">Room without which it would not be proposed; null when that is not known.</param>
/// <param name="NeedsSource">The file that these two are from.</param>
/// <param name="Numbers">What was measured; none for an example.</param>
/// <param name="Measured">When: <c>2026-11-21</c>; null for never.</param>
/// <param name="Source">The file that has the numbers; null for none.</param>
public sealed record ProposedOffer(
    string Name, bool IsExample, string Does, string Command, string Caution, long? NeedsMemory, long? NeedsDisk, string NeedsSource,
    IReadOnlyList<ProposedNumber> Numbers, string? Measured, string? Source);

/// <summary>A number, for people.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Value">As its page has it.</param>
public sealed record ProposedNumber(string Name, string Value);

/// <summary>Something that does not fit.</summary>
/// <param name="Name">Name of the edition or the example.</param>
/// <param name="Why">Each reason.</param>
public sealed record RefusedOffer(string Name, IReadOnlyList<string> Why);

/// <summary>Another project.</summary>
/// <param name="Project">Its name.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Because">What it has that nothing here has.</param>
/// <param name="Says">Numbers that it gives itself.</param>
public sealed record ProposedProject(string Project, string Url, string Because, IReadOnlyList<CitedNumber> Says);

/// <summary>Finds what fits.</summary>
public static class Adviser
{
    /// <summary>Advice for a need.</summary>
    /// <param name="need">What binds.</param>
    /// <param name="home">The folder with what Strata comes with.</param>
    /// <exception cref="StrataException">The rules are missing or faulty.</exception>
    public static NeedAdvice Advise(Need need, string home) => Advise(need, AdviceFile.Load(Path.Combine(home, AdviceFile.FileName)));

    internal static NeedAdvice Advise(Need need, AdviceRules rules)
    {
        List<ProposedOffer> fits = [];
        List<RefusedOffer> refused = [];
        foreach (Offer offer in rules.Offers.Where(o => o.For.Contains(need.For)))
        {
            string[] why = [.. WhyNot(offer, need)];
            if (why.Length > 0)
            {
                refused.Add(new RefusedOffer(offer.Take, why));
            }
            else if (fits.All(f => f.Name != offer.Take))
            {
                fits.Add(Proposed(offer));
            }
        }
        return new NeedAdvice(
            fits, [.. refused.Where(r => fits.All(f => f.Name != r.Name))],
            [.. rules.Cautions.Where(c => c.When.All(w => w.Holds(need))).Select(c => c.Say)],
            [.. rules.Elsewhere.Where(o => o.When.Any(w => w.Holds(need)))
                .Select(o => new ProposedProject(o.Project, o.Url, o.Because, o.Says))],
            rules.Support);
    }

    private static IEnumerable<string> WhyNot(Offer offer, Need need)
    {
        if (offer.Firmware is string firmware && firmware != need.Firmware)
        {
            yield return $"with '--firmware {firmware}' it needs no more than {offer.LeastMemory} of memory";
        }
        if (need.Memory < offer.LeastMemory)
        {
            yield return $"needs {offer.LeastMemory} of memory, there are {need.Memory}";
        }
        if (need.Disk < offer.LeastDisk)
        {
            yield return $"has {offer.LeastDisk}, there is room for {need.Disk}";
        }
        if (need.Libc != NeedWords.AnyLibc && need.Libc != offer.Libc)
        {
            yield return offer.Libc == "none" ? $"has no C library, {need.Libc} is asked for"
                : need.Libc == "none" ? $"brings {offer.Libc}, none is asked for" : $"has {offer.Libc}, {need.Libc} is asked for";
        }
        if (!offer.Updates.Contains(need.Updates))
        {
            yield return need.Updates == "fleet" ? "nothing manages many of its machines" : "does not update itself";
        }
    }

    private static ProposedOffer Proposed(Offer offer) => new(
        offer.Take, offer.IsExample, offer.Does,
        offer.IsExample ? $"strata init --example {offer.Take} my-{offer.Take}" : $"strata build {offer.Take}", offer.Caution,
        offer.LeastMemory?.Bytes, offer.LeastDisk?.Bytes, offer.Needs?.Source ?? offer.Measured?.Source ?? "",
        offer.Measured is MeasuredNumbers m ? [.. Numbers(m)] : [], offer.Measured?.Date, offer.Measured?.Source);

    // the four honest numbers: download, memory, footprint, attack surface
    private static IEnumerable<ProposedNumber> Numbers(MeasuredNumbers m)
    {
        yield return new ProposedNumber("download", $"{m.Download}");
        if (m.Memory is ByteSize memory)
        {
            yield return new ProposedNumber("memory", $"{memory} at least, {m.Idle} in use when idle");
        }
        yield return new ProposedNumber("footprint", $"{m.Installed} of files from {m.Packages} packages");
        string sockets = m.Sockets is int number ? $", {number} reachable sockets" : "";
        yield return new ProposedNumber("attack surface", $"{m.Programs} programs, {m.Setuid} of them setuid{sockets}");
    }
}
