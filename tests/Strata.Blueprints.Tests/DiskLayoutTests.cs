using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public class DiskLayoutTests
{
    [Theory]
    [InlineData("", "esp:fat:0")]
    [InlineData("layout: layers", "esp:fat:0 store:ext4:0")]
    [InlineData("layout: layers\ndisk: {parts: [{role: esp}, {role: store, format: ext4}]}", "esp:fat:0 store:ext4:0")]
    [InlineData("disk: {parts: [{role: esp, size: 64 MiB}]}", "esp:fat:67108864")]
    [InlineData(
        "layout: layers\ndisk: {parts: [{role: esp}, {role: store, format: fat32, size: 1 GiB}, {role: state, size: 8 MiB, grow: true}]}",
        "esp:fat:0 store:fat32:1073741824 state:none:8388608:grow")]
    [InlineData("disk: {parts: [{role: state, size: 1 MiB}, {role: esp}]}", "state:none:1048576 esp:fat:0")]
    public void Disk_PartsAreThoseOfTheBlueprint(string rest, string expected)
    {
        (Edition edition, FaultList faults) = Read(rest);
        Assert.Empty(faults.Faults);
        Assert.Equal(expected, edition.Disk.ToString());
    }

    [Theory]
    [InlineData("disk: {parts: [{role: slot}, {role: esp}]}", "'role' is 'slot'; expected esp or store or state")]
    [InlineData("disk: {parts: [{role: esp}, {role: esp}]}", "the disk has a second part with 'role: esp'")]
    [InlineData("disk: {parts: [{role: state, size: 1 MiB}]}", "the disk has no part with 'role: esp', for what firmware starts")]
    [InlineData("disk: {parts: [{role: esp}, {role: store}]}", "'role: store' is for layers, and this edition has none: add 'layout: layers'")]
    [InlineData("layout: layers\ndisk: {parts: [{role: esp}]}", "the disk has no part with 'role: store', for the layers")]
    [InlineData("disk: {parts: [{role: esp}, {role: state}]}", "a part with 'role: state' is empty when it is made; expected its 'size'")]
    [InlineData("disk: {parts: [{role: esp, size: 0}]}", "'size' is 0; expected whole MiB, at least one")]
    [InlineData("disk: {parts: [{role: esp, size: 100}]}", "'size' is 100; expected whole MiB, at least one")]
    [InlineData("disk: {parts: [{role: esp, size: 1536 KiB}]}", "'size' is 1536 KiB; expected whole MiB, at least one")]
    [InlineData("disk: {parts: [{role: esp, format: fat32}]}", "'format' is 'fat32'; expected fat")]
    [InlineData("disk: {parts: [{role: state, size: 1 MiB, grow: true}, {role: esp}]}", "a part that grows has to be the last one")]
    [InlineData("disk: {parts: [{role: esp, grow: true}]}", "edition.yaml:5:34: 'grow' is for 'role: state', which a machine extends")]
    [InlineData(
        "layout: layers\ndisk: {parts: [{role: esp}, {role: store, grow: true}]}",
        "'store' stays as large as it is built: expected 'size'")]
    [InlineData(
        "layout: layers\ndisk: {parts: [{role: esp}, {role: store, format: xfs}]}", "'format' is 'xfs'; expected ext4 or fat32")]
    [InlineData("disk: {parts: [{role: esp, label: x}]}", "label")]
    [InlineData("disk: {}", "'parts' is missing")]
    [InlineData("disk: {parts: [esp]}", "a part of the disk")]
    [InlineData("kernel: none\nboot: uki", "'boot' is for what boots, and this edition has 'kernel: none'")]
    [InlineData("kernel: none\ndisk: {parts: [{role: esp}]}", "'disk' is for what boots, and this edition has 'kernel: none'")]
    [InlineData("boot: grub", "'boot' is 'grub'; expected uki or systemd-boot")]
    public void Disk_Mistake_IsNamed(string rest, string problem) =>
        Assert.Contains(Read(rest).Faults.Faults, f => f.ToString().Contains(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData("", BootProgram.Uki)]
    [InlineData("boot: systemd-boot", BootProgram.SystemdBoot)]
    public void Boot_IsWhatTheBlueprintSays(string rest, BootProgram expected) => Assert.Equal(expected, Read(rest).Edition.Boot);

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    public void Parts_MoreThanADiskHas_AreRefused(int states, bool isRefused)
    {
        string parts = string.Concat(Enumerable.Repeat(", {role: state, size: 1 MiB}", states));
        Assert.Equal(isRefused, Read($"disk: {{parts: [{{role: esp}}{parts}]}}").Faults.Faults.Any(
            f => f.ToString().Contains("the disk has 17 parts; expected at most 16", StringComparison.Ordinal)));
    }

    private static (Edition Edition, FaultList Faults) Read(string rest)
    {
        FaultList faults = new();
        YamlMapping mapping = YamlFile.Read(
            System.Text.Encoding.UTF8.GetBytes($"edition: e\nversion: \"1\"\n{(rest.StartsWith("kernel", StringComparison.Ordinal) ? "" : "kernel: small\n")}capabilities: [a]\n{rest}\n"), "edition.yaml", faults)!;
        return (EditionFile.Read(mapping, ".", faults), faults);
    }
}
