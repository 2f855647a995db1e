using Strata.Blueprints;
using Strata.Core;
using Strata.Store.Actions;

namespace Strata.Composition;

/// <summary>Makes programs of the device out of their sources.</summary>
public interface IDevicePrograms
{
    /// <summary>Digest of what a program is made of, for the keys of what it becomes part of.</summary>
    /// <param name="program">Which.</param>
    /// <param name="architecture">For which processor.</param>
    /// <exception cref="StrataException">There are no sources, or none for that architecture.</exception>
    Sha256Digest SourcesOf(DeviceProgram program, GuestArchitecture architecture);

    /// <summary>The program: a static ELF file in the store.</summary>
    /// <param name="program">Which.</param>
    /// <param name="architecture">For which processor.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">There are no sources, or it cannot be compiled.</exception>
    Task<ActionOutput> BuildAsync(DeviceProgram program, GuestArchitecture architecture, CancellationToken cancellationToken);
}
