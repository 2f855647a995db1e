using System.Text;
using Strata.Core;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Rendering;

/// <summary>Files of the words about the machine itself, which are the same under each init system.</summary>
public static class SystemFiles
{
    /// <summary>Folder of the commands that run once, in their order.</summary>
    public const string RunOnceFolder = "/etc/strata/run-once";

    /// <summary>All of them but those of accounts, ssh, network and firewall.</summary>
    public static IReadOnlyList<SettingFile> Of(MachineWords words)
    {
        ArgumentNullException.ThrowIfNull(words);
        List<SettingFile> files = [];
        if (words.TimeZone is not null)
        {
            files.Add(SettingFile.At("/etc/timezone", words.TimeZone.Text + "\n"));
        }
        if (words.Locale is not null)
        {
            files.Add(SettingFile.At("/etc/locale.conf", $"LANG={words.Locale.Text}\n")); // locale.conf(5)
            files.Add(SettingFile.At("/etc/default/locale", $"LANG={words.Locale.Text}\n")); // Debian's own place: PAM, /etc/profile
        }
        if (words.Keymap is not null)
        {
            files.Add(SettingFile.At("/etc/vconsole.conf", $"KEYMAP={words.Keymap.Text}\n")); // vconsole.conf(5)
        }
        if (Sysctl(words) is { Length: > 0 } settings)
        {
            files.Add(SettingFile.At("/etc/sysctl.d/60-strata.conf", settings)); // sysctl.d(5)
        }
        if (words.Mounts.Count > 0)
        {
            files.Add(SettingFile.At("/etc/fstab", Fstab(words.Mounts)));
        }
        files.AddRange(words.RunOnce.Select((c, i) => SettingFile.At(
            $"{RunOnceFolder}/{i + 1:D2}-{c.Name.Text}", $"#!/bin/sh\nexec {ShellArgument.QuoteAll(c.Command)}\n",
                Modes.Program)));
        files.AddRange(words.Files.Select(f => new SettingFile(f.Path, f.Text, f.Mode, f.Owner?.Text, f.Group?.Text)));
        return files;
    }

    /// <summary>Settings of the kernel, those included that forwarding needs; empty for none.</summary>
    internal static string Sysctl(MachineWords words)
    {
        StringBuilder text = new();
        if ((words.Network ?? []).Any(i => i.Forwards || i.Masquerades))
        {
            text.Append("net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n");
        }
        foreach ((Yaml.YamlScalar name, string value) in words.Sysctl)
        {
            text.Append(name.Text).Append(" = ").Append(value).Append('\n');
        }
        return text.ToString();
    }

    // fstab(5); the reader lets nothing in that would part or end a field
    private static string Fstab(IEnumerable<MountWords> mounts) => string.Concat(mounts.Select(m =>
    {
        IEnumerable<string> options = m.IsOptional ? [.. m.Options, "nofail"] : m.Options.Count > 0 ? m.Options : ["defaults"];
        return $"{m.From} {m.Path} {m.Type} {string.Join(',', options)} 0 0\n";
    }));
}
