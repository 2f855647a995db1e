using Strata.Core;

namespace Strata.Advice.Needs;

/// <summary>What is known of editions and of other projects: <c>advice/advice.yaml</c>.</summary>
/// <param name="Support">How long packages are kept.</param>
/// <param name="Offers">What can be proposed, the best first.</param>
/// <param name="Cautions">What is to be told besides.</param>
/// <param name="Elsewhere">Other projects.</param>
internal sealed record AdviceRules(
    SupportSpan Support, IReadOnlyList<Offer> Offers, IReadOnlyList<(IReadOnlyList<Condition> When, string Say)> Cautions,
    IReadOnlyList<OtherProject> Elsewhere);

/// <summary>How long the packages are supported that everything is built from; years, both included.</summary>
/// <param name="Release">Of which release.</param>
/// <param name="FullUntil">By Debian itself.</param>
/// <param name="Until">By anybody without a contract.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Seen">When that was read: <c>2026-11-29</c>.</param>
public sealed record SupportSpan(string Release, int FullUntil, int Until, string Source, string Seen);

/// <summary>An edition, a container base or an example that can be proposed.</summary>
internal sealed record Offer
{
    /// <summary>Name of the edition or the example.</summary>
    public required string Take { get; init; }

    /// <summary>True for an example, which one copies and changes.</summary>
    public bool IsExample { get; init; }

    /// <summary>What it is for.</summary>
    public required IReadOnlyList<string> For { get; init; }

    /// <summary>Only with this firmware; null for any.</summary>
    public string? Firmware { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Does { get; init; }

    /// <summary>The C library in it.</summary>
    public required string Libc { get; init; }

    /// <summary>Who can bring updates.</summary>
    public required IReadOnlyList<string> Updates { get; init; }

    /// <summary>The main caution.</summary>
    public required string Caution { get; init; }

    /// <summary>Limits that were not measured with the rest, or for this use; null for none.</summary>
    public OfferNeeds? Needs { get; init; }

    /// <summary>What was measured; null for nothing.</summary>
    public MeasuredNumbers? Measured { get; init; }

    /// <summary>Memory without which it is not proposed; null for a container, which has none of its own.</summary>
    public ByteSize? LeastMemory => Needs?.Memory ?? Measured?.Memory;

    /// <summary>Room without which it is not proposed.</summary>
    public ByteSize? LeastDisk => Needs?.Disk ?? Measured?.Download;
}

/// <summary>Limits of an offer.</summary>
/// <param name="Memory">Memory; null for what was measured.</param>
/// <param name="Disk">Room; null for what was measured.</param>
/// <param name="Source">The file of the repository that says so.</param>
internal sealed record OfferNeeds(ByteSize? Memory, ByteSize? Disk, string Source);

/// <summary>Numbers of an edition.</summary>
/// <param name="Date">When they were measured: <c>2026-11-21</c>.</param>
/// <param name="Source">The file of the repository that has them.</param>
/// <param name="Download">What is fetched.</param>
/// <param name="Memory">The least memory that boots; null for a container.</param>
/// <param name="Idle">Memory in use when nothing is done; null for a container.</param>
/// <param name="Installed">Sizes of all files.</param>
/// <param name="Packages">Packages of which something is in it.</param>
/// <param name="Programs">Programs in it.</param>
/// <param name="Setuid">Programs that give whoever starts them other rights.</param>
/// <param name="Sockets">Sockets that can be reached from outside; null for a container.</param>
internal sealed record MeasuredNumbers(
    string Date, string Source, ByteSize Download, ByteSize? Memory, ByteSize? Idle, ByteSize Installed, int Packages, int Programs,
        int Setuid,
    int? Sockets);

/// <summary>When something is said: everything that is named has to hold.</summary>
internal sealed record Condition
{
    /// <summary>What it is for, one of these; empty for anything.</summary>
    public IReadOnlyList<string> For { get; init; } = [];

    /// <summary>The C library that was asked for; empty for any.</summary>
    public IReadOnlyList<string> Libc { get; init; } = [];

    /// <summary>Who brings updates; empty for anybody.</summary>
    public IReadOnlyList<string> Updates { get; init; } = [];

    /// <summary>There is less memory than this, and that was said.</summary>
    public ByteSize? MemoryBelow { get; init; }

    /// <summary>There is so much memory, or nothing was said.</summary>
    public ByteSize? MemoryFrom { get; init; }

    /// <summary>There is less room than this, and that was said.</summary>
    public ByteSize? DiskBelow { get; init; }

    /// <summary>It has to be supported in this year.</summary>
    public int? UntilFrom { get; init; }

    /// <summary>True when it holds.</summary>
    public bool Holds(Need need) =>
        (For.Count == 0 || For.Contains(need.For)) && (Libc.Count == 0 || Libc.Contains(need.Libc))
        && (Updates.Count == 0 || Updates.Contains(need.Updates)) && (MemoryBelow is null || need.Memory < MemoryBelow)
        && (MemoryFrom is null || need.Memory is null || need.Memory >= MemoryFrom) && (DiskBelow is null || need.Disk < DiskBelow)
        && (UntilFrom is null || need.Until >= UntilFrom);
}

/// <summary>Another project.</summary>
/// <param name="Project">Its name.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Because">What it has that nothing here has.</param>
/// <param name="When">When it is named; one has to hold.</param>
/// <param name="Says">Numbers that it gives itself.</param>
internal sealed record OtherProject(
    string Project, string Url, string Because, IReadOnlyList<Condition> When, IReadOnlyList<CitedNumber> Says);

/// <summary>What somebody says of their own project.</summary>
/// <param name="What">The words.</param>
/// <param name="Source">Where they stand.</param>
/// <param name="Seen">When they were read: <c>2026-11-29</c>.</param>
public sealed record CitedNumber(string What, string Source, string Seen);
