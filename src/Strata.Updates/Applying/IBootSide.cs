using Strata.Core;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>
/// What firmware starts on this machine: the kernel images that lie beside each other, which of them has proven good, and which is on
/// trial. One for machines with systemd-boot, others later.
/// </summary>
public interface IBootSide
{
    /// <summary>Kernel images that can be started, by their digests, as they lie there now.</summary>
    /// <exception cref="StrataException">It cannot be read.</exception>
    IReadOnlyList<BootImage> List();

    /// <summary>
    /// Refuses, before anything of it is fetched, a release that could not be put on trial: there is no room for its kernel image, also
    /// after those that are no longer wanted have gone, or it would not be started next. Nothing is changed.
    /// </summary>
    /// <param name="release">Whose kernel image is to come.</param>
    /// <param name="kept">Kernel images that must stay.</param>
    /// <exception cref="StrataException">It could not be put on trial, and why.</exception>
    void DemandTry(PublishedRelease release, IReadOnlySet<Sha256Digest> kept);

    /// <summary>
    /// Puts a kernel image on trial: the next start of the machine takes it, a few tries long, and it becomes the one that is started when
    /// it has proven good. Nothing changes when it lies there already. A power cut leaves it there whole or not at all.
    /// </summary>
    /// <param name="release">Whose it is.</param>
    /// <param name="content">Its bytes, of which digest and size have been checked.</param>
    /// <exception cref="StrataException">It cannot be written.</exception>
    void Try(PublishedRelease release, IStoredFile content);

    /// <summary>Removes kernel images that are not to be kept; never the last one that has proven good, nor the one that runs.</summary>
    /// <param name="kept">Those that stay.</param>
    /// <exception cref="StrataException">It cannot be written.</exception>
    void Collect(IReadOnlySet<Sha256Digest> kept);
}

/// <summary>A kernel image that can be started.</summary>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="State">How far it is trusted.</param>
/// <param name="IsRunning">True for the one that this start of the machine took.</param>
public readonly record struct BootImage(Sha256Digest Digest, BootImageState State, bool IsRunning);

/// <summary>How far a kernel image is trusted.</summary>
public enum BootImageState
{
    /// <summary>It has tries left, and nobody has said yet that it is good.</summary>
    OnTrial,

    /// <summary>It has proven good, and starts when nothing newer does.</summary>
    Proven,

    /// <summary>Its tries are used up, or somebody said that it is bad.</summary>
    Failed,
}
