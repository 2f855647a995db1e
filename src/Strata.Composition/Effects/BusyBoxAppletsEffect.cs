using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Makes a link for every applet that the BusyBox of the tree was built with.</summary>
/// <remarks>
/// The names are read from the program, which keeps them as one sorted run of NUL-ended strings that starts with <c>[</c> and <c>[[</c>
/// (BusyBox, include/applet_tables.h): so it works for every architecture, and nothing of the guest runs on the host.
/// A name that another package brings stays with that package.
/// </remarks>
internal sealed class BusyBoxAppletsEffect : IEffect
{
    private static readonly GuestPath s_busyBox = GuestPath.Parse("/usr/bin/busybox");

    /// <inheritdoc/>
    public string Name => "busybox-applets";

    /// <inheritdoc/>
    public string Description => "links for all BusyBox applets";

    /// <inheritdoc/>
    public bool IsAlwaysOn => false;

    /// <inheritdoc/>
    public bool IsOfTheSystem => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => ["sbin", "except"];

    /// <summary>The applets of a BusyBox program, in its own order.</summary>
    /// <exception cref="StrataException">The bytes hold no applet table.</exception>
    public static IReadOnlyList<string> Applets(ReadOnlySpan<byte> program)
    {
        List<string> best = [];
        ReadOnlySpan<byte> start = "[\0[[\0"u8; // what stands before it depends on the linker
        for (int at = program.IndexOf(start); at >= 0;)
        {
            List<string> names = ReadRun(program[at..]);
            best = names.Count > best.Count ? names : best;
            int next = program[(at + 1)..].IndexOf(start);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return best.Count > 2
            ? best
            : throw new StrataException($"cannot list the applets of {s_busyBox}: no applet table in it", "Is it the BusyBox of Debian's package 'busybox'?");
    }

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Tree.TryGet(s_busyBox, out TreeEntry busyBox) || busyBox.Node is not FileNode { Content: FileContent content } || content.Size > 64 << 20)
        {
            throw new StrataException($"cannot make applet links: {s_busyBox} is not in the tree ({context.Use?.Place})");
        }
        byte[] program = new byte[content.Size];
        context.Contents.Open(content).ReadExactly(program);
        IReadOnlyList<string> applets = Applets(program);
        HashSet<string> sbin = [.. context.Setting("sbin")];
        HashSet<string> except = [.. context.Setting("except")];
        foreach (string stranger in sbin.Concat(except).Where(n => !applets.Contains(n, StringComparer.Ordinal)).Order(StringComparer.Ordinal))
        {
            throw new StrataException($"cannot place applet '{stranger}': this BusyBox has none of that name{NearMiss.Suggestion(stranger, applets)} ({context.Use?.Place})");
        }
        Origin origin = EffectContext.OriginOf(this, busyBox.Origin.Capability);
        foreach (string applet in applets.Where(a => !except.Contains(a)))
        {
            bool inSbin = sbin.Contains(applet);
            GuestPath path = GuestPath.Parse((inSbin ? "/usr/sbin/" : "/usr/bin/") + applet);
            bool taken = context.Tree.Contains(path) || context.Tree.Contains(GuestPath.Parse((inSbin ? "/usr/bin/" : "/usr/sbin/") + applet));
            if (!taken)
            {
                context.Tree.Add(path, new SymlinkNode { Permissions = Modes.Link, Target = inSbin ? "../bin/busybox" : "busybox" }, origin);
            }
        }
    }

    private static List<string> ReadRun(ReadOnlySpan<byte> bytes)
    {
        List<string> names = [];
        while (names.Count < 2000)
        {
            int length = bytes[..Math.Min(bytes.Length, 65)].IndexOf((byte)0);
            if (length <= 0)
            {
                break;
            }
            string name = Encoding.ASCII.GetString(bytes[..length]);
            bool isName = name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '[' or '-' or '_' or '.');
            if (!isName || (names.Count > 0 && string.CompareOrdinal(names[^1], name) >= 0))
            {
                break;
            }
            names.Add(name);
            bytes = bytes[(length + 1)..];
        }
        return names;
    }
}
