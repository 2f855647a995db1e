using System.Diagnostics;
using Strata.Device.Confinement;

namespace Strata.Toolbox;

/// <summary>A program that is ready to be started, and what keeps it from the host.</summary>
public sealed class ToolStart
{
    internal ToolStart(ProcessStartInfo command, ProcessView? view)
    {
        Command = command;
        View = view;
    }

    /// <summary>The program, its arguments and environment; its streams are for whoever starts it.</summary>
    public ProcessStartInfo Command { get; }

    /// <summary>What it may use; null when it makes its own room, or is no tool that reads foreign data.</summary>
    public ProcessView? View { get; }

    /// <summary>A program that nothing keeps from the host: one of the host itself, or of <see cref="ToolTree.Command"/>.</summary>
    public static implicit operator ToolStart(ProcessStartInfo command) => new(command, view: null);

    /// <inheritdoc cref="op_Implicit"/>
    public static ToolStart FromProcessStartInfo(ProcessStartInfo command) => command;
}
