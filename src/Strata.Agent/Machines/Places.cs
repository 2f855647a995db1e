namespace Strata.Agent.Machines;

/// <summary>Folders of a machine that several parts speak of.</summary>
internal static class Places
{
    /// <summary>Later words of the owner's, read in the order of the names of their files.</summary>
    public const string Later = "/etc/strata.d";

    /// <summary>Commands that run at each start, one file each, in the order of their names.</summary>
    public const string AtStart = "/etc/strata/at-start";

    /// <summary>Authorities of the owner's, a certificate each (ca-certificates(8)).</summary>
    public const string Certificates = "/usr/local/share/ca-certificates";
}
