namespace Strata.Init.CommandLine;

/// <summary>Where changes of the running system go.</summary>
internal enum ChangesKind
{
    /// <summary>Into memory; gone after a restart.</summary>
    Memory,

    /// <summary>Into a partition.</summary>
    Partition,

    /// <summary>Nowhere: the system is read-only.</summary>
    None,
}

/// <summary>What follows when a block of a layer is found changed after the layer was mounted.</summary>
internal enum CorruptionKind
{
    /// <summary>The read fails; the system goes on.</summary>
    Error,

    /// <summary>The machine restarts at once.</summary>
    Restart,

    /// <summary>The kernel panics; <c>panic=</c> says what then.</summary>
    Panic,
}

/// <summary>What the kernel command line asks of the early init. <c>docs/init.md</c> is the list for people.</summary>
internal sealed record BootOptions
{
    /// <summary>Value of <c>caps=</c>; null for all layers.</summary>
    public string? Caps { get; init; }

    /// <summary>Where changes go.</summary>
    public ChangesKind Changes { get; init; }

    /// <summary>With <see cref="ChangesKind.Partition"/>: label of the partition (<c>state=</c>).</summary>
    public string State { get; init; } = "";

    /// <summary><c>kiosk</c>: whatever else is asked, no change outlives a restart.</summary>
    public bool IsKiosk { get; init; }

    /// <summary>Size of the memory for changes as tmpfs takes it: <c>50%</c>, <c>512M</c>; null for the kernel's default, half of the memory.</summary>
    public string? MemorySize { get; init; }

    /// <summary><c>copy2ram</c>: layers are copied into memory, the medium is let go.</summary>
    public bool IsCopiedToMemory { get; init; }

    /// <summary><c>strata.debug</c>: says more, and a failure ends in a shell.</summary>
    public bool IsDebug { get; init; }

    /// <summary><c>strata.strict</c>: a layer that cannot be used stops the start, even one that is not of the base.</summary>
    public bool IsStrict { get; init; }

    /// <summary><c>strata.verify=read</c>: blocks are verified when they are read and not all of them at the start.</summary>
    public bool IsVerifiedWhenRead { get; init; }

    /// <summary><c>strata.corrupt=</c>: what follows from a changed block.</summary>
    public CorruptionKind Corruption { get; init; }

    /// <summary><c>strata.reset</c>: what the edition kept is deleted before it starts.</summary>
    public bool IsReset { get; init; }

    /// <summary><c>strata.store=</c>: label, UUID or name of the store's partition; null for any that looks like one.</summary>
    public string? Store { get; init; }

    /// <summary><c>strata.wait=</c>: how long to wait for devices, in seconds, 0 … 3600.</summary>
    public int WaitSeconds { get; init; } = 10;

    /// <summary><c>strata.ask=</c>: how long a question for a key waits for somebody who types, in seconds; 0 asks nothing.</summary>
    public int AskSeconds { get; init; } = 120;

    /// <summary><c>init=</c>: the program to hand over to; null for the usual ones.</summary>
    public string? Init { get; init; }

    /// <summary><c>panic=</c>: seconds from a failure to a restart, below zero at once; null when it is not said (or 0).</summary>
    public int? PanicSeconds { get; init; }

    /// <summary><c>quiet</c>: only problems are told.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>What could not be followed, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
