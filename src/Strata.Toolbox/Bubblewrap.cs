namespace Strata.Toolbox;

/// <summary>What every room has that bubblewrap makes, that of a kernel's build and that of a tool; docs/decisions/0050-what-a-room-may.md has the reasons.</summary>
public static class Bubblewrap
{
    /// <summary>The program, in trees of sets that bring it.</summary>
    public const string Program = "usr/bin/bwrap";

    /// <summary>
    /// The first arguments: no capability and none to gain, no network, no view of the host's processes, end with the thread that started it.
    /// </summary>
    public static IReadOnlyList<string> Arguments() =>
    [
        .. UserNamespace(), "--cap-drop", "ALL", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--hostname", "strata",
        "--die-with-parent", "--new-session",
    ];

    /// <summary>
    /// One of its own, and none inside of it: in it everybody would have all capabilities again. Where the host allows nobody any, root
    /// needs none to make the other namespaces, and nobody inside can make one either.
    /// </summary>
    private static string[] UserNamespace() =>
        Environment.IsPrivilegedProcess && NamespaceHint.Read(NamespaceHint.MostNamespaces) == "0" ? []
            : ["--unshare-user", "--disable-userns"];
}
