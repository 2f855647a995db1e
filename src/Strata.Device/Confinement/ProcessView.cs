namespace Strata.Device.Confinement;

/// <summary>What a confined process may use of the host; where the kernel has Landlock, everything else is refused to it.</summary>
public sealed record ProcessView
{
    /// <summary>Files and folders to read, and to start programs from; full paths. One that is not there is passed over.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Folders in which it may do anything, files and devices that it may write; full paths.</summary>
    public IReadOnlyList<string> Writes { get; init; } = [];

    /// <summary>TCP ports, of whatever host, that it may connect to; null for all, and for UDP and ICMP.</summary>
    public IReadOnlyList<int>? ConnectsTo { get; init; } = [];

    /// <summary>TCP ports that it may listen on, 0 for any free one; null for all.</summary>
    public IReadOnlyList<int>? ListensOn { get; init; } = [];

    /// <summary>
    /// True lets it make sockets of the file system: to listen in its folders, and to connect when it may connect at all.
    /// </summary>
    public bool MakesFileSockets { get; init; }

    /// <summary>True takes capabilities and new privileges alone, and no file and no port.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>All that this user may use.</summary>
    public static ProcessView Whole { get; } = new() { IsWhole = true };

    /// <summary>True when it may connect to anything.</summary>
    internal bool Connects => ConnectsTo is not [];

    /// <summary>True when it needs sockets of TCP.</summary>
    internal bool UsesTcp => Connects || ListensOn is not [];

    /// <summary>True when it needs sockets of UDP and ICMP.</summary>
    internal bool UsesUdp => ConnectsTo is null;
}
