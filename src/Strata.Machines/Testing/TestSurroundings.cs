using Strata.Toolbox;

namespace Strata.Machines.Testing;

/// <summary>What the machines of all tests of a run share.</summary>
/// <param name="LogFolder">Gets serial logs and pictures.</param>
/// <param name="Tools">Tree with QEMU and, for SSH steps, the OpenSSH client.</param>
/// <param name="TpmTools">Tree with <c>swtpm</c>; null when no test has a TPM.</param>
/// <param name="Accelerator">How guest code runs.</param>
/// <param name="Time">The host's clock.</param>
/// <param name="Images">Images that hosts of wires serve, by what the tests call them.</param>
internal sealed record TestSurroundings(
    string LogFolder, ToolTree Tools, ToolTree? TpmTools, AcceleratorKind Accelerator, TimeProvider Time,
    IReadOnlyDictionary<string, ServedImage> Images);
