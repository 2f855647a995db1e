using System.Text;
using Strata.Yaml;

namespace Strata.Agent.CloudConfig;

/// <summary>The files of a NoCloud seed (cloud-init, "NoCloud" data source) as words of a machine.</summary>
/// <remarks>
/// <c>user-data</c> begins with <c>#cloud-config</c>: scripts, archives and includes are refused. <c>network-config</c> is version 2. Of
/// <c>meta-data</c> only the host name counts, where user-data gives none; <c>instance-id</c> means nothing here, because a machine learns once
/// whose it is. <c>vendor-data</c> is not taken.
/// </remarks>
internal static class CloudSeed
{
    private const string Header = "#cloud-config";

    /// <summary>The words; what is no word of a machine is noted where it stands.</summary>
    /// <param name="volume">Where the files are, for people.</param>
    /// <param name="files">Their bytes by name.</param>
    /// <param name="faults">Where faults go.</param>
    public static YamlMapping Read(string volume, IReadOnlyDictionary<string, byte[]> files, FaultList faults)
    {
        Node.Pairs words = new(new YamlMapping(volume, 1, 1, []));
        if (files.TryGetValue("user-data", out byte[]? user) && user.Length > 0
            && IsCloudConfig(user, $"{volume}/user-data", faults)
            && ReadMapping(user, $"{volume}/user-data", faults) is YamlMapping data)
        {
            new CloudConfigReader(data, faults, words).Read();
        }
        if (files.TryGetValue("network-config", out byte[]? network)
            && ReadMapping(network, $"{volume}/network-config", faults) is YamlMapping config
            && NetworkConfigReader.Read(config, faults) is YamlMapping interfaces)
        {
            words.Add("network", interfaces);
        }
        if (!words.Has("hostname") && files.TryGetValue("meta-data", out byte[]? meta)
            && ReadMapping(meta, $"{volume}/meta-data", faults) is YamlMapping facts)
        {
            foreach ((YamlScalar key, YamlValue value) in facts.Items)
            {
                if (key.Text is "local-hostname" or "hostname" && value is YamlScalar { Text.Length: > 0 } && !words.Has("hostname"))
                {
                    words.Add("hostname", value);
                }
            }
        }
        if (files.TryGetValue("vendor-data", out byte[]? vendor) && vendor.AsSpan().ContainsAnyExcept(" \t\r\n"u8))
        {
            faults.Add(new Fault($"{volume}/vendor-data", 1, 1, "vendor-data is not taken; put what it says into user-data"));
        }
        return words.ToMapping();
    }

    private static bool IsCloudConfig(byte[] bytes, string place, FaultList faults)
    {
        ReadOnlySpan<byte> start = bytes.AsSpan(bytes is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0);
        int end = start.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = start[..(end < 0 ? start.Length : end)].TrimEnd((byte)' ');
        if (line.SequenceEqual("#cloud-config"u8))
        {
            return true;
        }
        string found = line switch
        {
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16 text",
            [0x1F, 0x8B, ..] => "a compressed file",
            [(byte)'#', (byte)'!', ..] => "a script",
            _ when line.StartsWith("Content-Type:"u8) || line.StartsWith("MIME-"u8) => "an archive of several parts",
            _ => "something else",
        };
        faults.Add(new Fault(place, 1, 1, $"this is {found}; expected UTF-8 text whose first line is '{Header}'"));
        return false;
    }

    // a file of comments alone says nothing, which is no mistake here
    private static YamlMapping? ReadMapping(byte[] bytes, string place, FaultList faults)
    {
        foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            if (line.Trim(['\uFEFF', ' ', '\t', '\r']) is { Length: > 0 } text && text[0] != '#')
            {
                return YamlFile.Read(bytes, place, faults);
            }
        }
        return null;
    }
}
