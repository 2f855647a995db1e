using Strata.Core;
using Strata.Settings.Words;

namespace Strata.Settings.Rendering;

/// <summary>All files that words become in an image: the same when it is built and when its owner says more.</summary>
/// <remarks>Accounts, the host name and the time zone's link are not among them: they are changed, not written.</remarks>
public static class MachineFiles
{
    /// <summary>The files.</summary>
    /// <param name="words">All words of the machine.</param>
    /// <param name="facts">What the image has.</param>
    /// <param name="homeOf">Where a user of the words is at home.</param>
    public static IReadOnlyList<SettingFile> Of(MachineWords words, ImageFacts facts, Func<UserWords, GuestPath> homeOf)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(homeOf);
        List<SettingFile> files = [.. SystemFiles.Of(words)];
        foreach (UserWords user in words.Users)
        {
            Add(AccessFiles.AuthorizedKeys(user, homeOf(user)));
        }
        Add(AccessFiles.Admins(words.Users, facts.Has(ImageFacts.Sudo) ? AdminTool.Sudo : AdminTool.Doas));
        if (words.Ssh is SshWords ssh)
        {
            Add(facts.Has(ImageFacts.Dropbear) ? AccessFiles.Dropbear(ssh) : null);
            Add(facts.Has(ImageFacts.OpenSsh) ? AccessFiles.OpenSsh(ssh) : null);
        }
        if (words.Network is IReadOnlyList<InterfaceWords> network)
        {
            files.AddRange(facts.IsSystemd
                ? NetworkdFiles.Of(network) : [new SettingFile(GuestPath.Parse(NetworkLines.Path), NetworkLines.Of(network))]);
            Add(WifiLines.Of(network) is string radios ? SettingFile.At(WifiLines.Path, radios) : null);
        }
        if (NftablesRuleset.Of(words, facts.Has(ImageFacts.Podman)) is string rules)
        {
            files.Add(new SettingFile(GuestPath.Parse(NftablesRuleset.Path), rules));
        }
        if (words.TimeServers.Count > 0)
        {
            Add(facts.Has(ImageFacts.Timesyncd) ? TimeFiles.Timesyncd(words) : null);
            Add(facts.Has(ImageFacts.Chrony) ? TimeFiles.Chrony(words) : null);
        }
        return files;

        void Add(SettingFile? file) => files.AddRange(file is null ? [] : [file]);
    }
}
