namespace Strata.Toolbox;

/// <summary>Finds which setting of the host forbids namespaces to ordinary users, and says how to change it.</summary>
public static class NamespaceHint
{
    /// <summary>How many user namespaces the host allows.</summary>
    internal const string MostNamespaces = "/proc/sys/user/max_user_namespaces";

    // each: the file, the value that forbids, the command that allows
    private static readonly (string File, string Forbids, string Fix)[] s_settings =
    [
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
        (MostNamespaces, "0", "sudo sysctl user.max_user_namespaces=10000"),
    ];

    /// <summary>One sentence.</summary>
    public static string Find()
    {
        foreach ((string file, string forbids, string fix) in s_settings)
        {
            if (Read(file) == forbids)
            {
                return $"This host forbids user namespaces ({Path.GetFileName(file)} = {forbids}): '{fix}' allows them; or run strata as root.";
            }
        }
        return "User namespaces are forbidden here, perhaps by the container that strata runs in: allow them there (Docker: --security-opt seccomp=unconfined), "
            + "or run strata as root with the right to make device files (CAP_MKNOD) and to change the root (CAP_SYS_CHROOT).";
    }

    /// <summary>Value of a setting; null when this kernel does not have it.</summary>
    internal static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
