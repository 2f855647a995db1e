using Strata.Device.Posix;
using Strata.Settings.Merging;
using Strata.Settings.Reading;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

FaultList faults = new();
byte[]? bytes = Files.TryRead(args[0], 1 << 20);
if (bytes is null || MachineFile.Read(bytes, args[0], faults) is not MachineWords words)
{
    return 1;
}
foreach (SettingFile file in SystemFiles.Of(words).Concat(NetworkdFiles.Of(words.Network ?? [])))
{
    Files.Write(file.Path.ToString(), System.Text.Encoding.UTF8.GetBytes(file.Text));
}
Files.Write("/x", System.Text.Encoding.UTF8.GetBytes(WordsText.Of(WordsMerge.Over(words.Source, words.Source)) + NetworkLines.Of(words.Network ?? []) + NftablesRuleset.Of(words)));
foreach (Fault f in faults.Faults)
{
    Files.Write("/dev/console", System.Text.Encoding.UTF8.GetBytes(f.ToString()));
}
return 0;
