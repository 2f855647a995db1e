using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Tests;

/// <summary>Forms of names and values, at each edge: read as an owner writes them, in the word that has the form.</summary>
public class FormEdgeTests
{
    private const string Mount = "mounts: {/d: {from: 'X'}}";
    private const string Sysctl = "sysctl: {'X': 1}";
    private const string Secret = "network: {a: {wifi: {ssid: s, passphrase-file: 'X'}}}";
    private const string Account = "users: {'X': {}}";
    private const string Link = "network: {'X': {}}";
    private const string Renamed = "network: {'X': {match: {driver: d}}}";
    private const string Mac = "network: {a: {match: {mac: 'X'}}}";
    private const string Endpoint = "network: {w: {wireguard: {private-key: /k, peers: {p: {public-key: " + "'" + MachineFileTests.WgKey
        + "'" + ", endpoint: 'X', allowed: [10.0.0.0/8]}}}}}";
    private const string Address = "network: {a: {addresses: ['X']}}";

    [Theory]
    [InlineData("hostname: 'X'", "a{63} a.b.c.d.e.f.g.h 0 a-b", "a{64} a.b.c.d.e.f.g.h.i.j -a a- .a a. a..b A a_b ä")]
    [InlineData("time-zone: 'X'", "UTC Etc/GMT+1 America/North_Dakota/Center A{31}",
        "utc Etc/ /UTC A/B/C/D A{32} A/b A/B.C Europe/Zürich")]
    [InlineData("locale: 'X'", "C POSIX C.UTF-8 de deu de_DE de_DE.UTF-8@euro de.a{20} de@a{20}",
        "c d deut DE de_D de_DEU de_de de. de@ de.a{21} de@a{21} de.a_b de@A de_DE.a/b")]
    [InlineData(Mount, "x{255} /dev/sda1 LABEL=ä", "x{256} a#b a\\b a\u00A0b a\uD83D\uDE00 a\u0085 a\u200Bb a\uE000")]
    [InlineData(Sysctl, "a.b a/b a_1.B-2 a.b.c.d.e.f.g.h.i.j.k", "a a. .b a..b 1a.b A.b a-b.c a.b.c.d.e.f.g.h.i.j.k.l a.ä")]
    [InlineData(Secret, "/a /a.b/c_d-e /0", "/ // a /a/ /a//b /a:b /ä a/b")]
    [InlineData(Account, "a _ a-b a_b a1 _1 a{31}", "1 - A a{32} a.b aB ä")]
    [InlineData(Link, "a aB_.-1 a{15} eth0", "a{16} 1a A a:b")]
    [InlineData(Renamed, "a ethX eth enp en0 eno en1p0 enpg1 enq1 eth0x enp0_1",
        "eth0 wlan12 usb1 wwan0 eno1 ens3 enx1 enp0s3 enP1 enb1 enc1 wlp2s0 wwp0 enpa")]
    [InlineData(Mac, "52:54:00:aa:00:01 AA:BB:CC:DD:EE:FF", "52:54:00:aa:00 52:54:00:aa:00:01:02 525:4:00:aa:00:01 52-54-00-aa-00-01 "
        + "52:54:00:aa:00:0g 525400aa0001")]
    [InlineData(Endpoint, "a:1 a.b-c:65535 [::1]:1 10.0.0.1:51820 a{252}:1",
        ":1 a a: a:0 a:01 a:123456 .a:1 a.:1 -a:1 a-:1 [:]:1 []:1 [::1:1 [::g]:1 a_b:1 A:1 a:1x a{253}:1")]
    [InlineData(Address, "10.0.0.1/8 0.0.0.1/0 10.0.0.1/32 fd00::1/128 ::ffff:1.2.3.4/9 99.9.99.199/24",
        "10.0.0.1 /8 10.0.0.1/33 fd00::1/129 10.0.0.1/08 10.0.0.1/ 10.0.0/8 10.0.0.01/8 10.0.0.256/8 10.0.0.1.1/8 fe80::1%a/64 "
        + "fd00::1/-1 0x0a.0.0.1/8 10.0.0.1/+8 a.0.0.1/8")]
    public void Form_WhatHasIt_IsRead_AndWhatMissesItByOneSign_IsAFault(string file, string good, string bad)
    {
        foreach (string value in good.Split(' '))
        {
            Assert.True(IsRead(file, Long(value)), $"'{value}' is refused in {file}");
        }
        foreach (string value in bad.Split(' '))
        {
            Assert.False(IsRead(file, Long(value)), $"'{value}' is read in {file}");
        }
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("mounts: {/d: {from: x}}", true)]
    [InlineData("sysctl: {vm.swappiness: 1}", true)]
    [InlineData("run-once: {a: {command: [/bin/true]}}", true)]
    [InlineData("network: {lan: }", true)]
    [InlineData("keymap: de", true)]
    [InlineData("mounts: {/d: {from: x}}\nsysctl: {vm.swappiness: 1}", true)]
    [InlineData("hostname: a\nlocale: C", false)]
    public void NeedsStart_OfWhatIsDoneAtEachStart(string yaml, bool expected) =>
        Assert.Equal(expected, MachineFileTests.Words(yaml.Length == 0 ? "hostname: a" : yaml).NeedsStart);

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("10.0.0.1/8", false)]
    [InlineData("10.128.0.0/9", true)]
    [InlineData("10.128.0.0/8", false)]
    [InlineData("10.0.0.1/32", true)]
    [InlineData("10.0.0.1/31", false)]
    [InlineData("10.0.0.2/31", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("128.0.0.0/0", false)]
    [InlineData("fd00::/8", true)]
    [InlineData("fd00::/7", false)]
    [InlineData("fd00::1/128", true)]
    [InlineData("10.0.0.1", true)]
    public void IsNetwork_NoBitBehindTheLength(string text, bool expected)
    {
        NetAddress address = NetAddress.TryParse(text)!;
        Assert.Equal(expected, address.IsNetwork);
        Assert.Equal(text, address.ToString());
        Assert.Equal(text.Contains(':', StringComparison.Ordinal), address.IsV6);
    }

    [Fact]
    public void NetAddress_LongerThan64Signs_IsNone()
    {
        Assert.Null(NetAddress.TryParse("::" + new string('0', 70)));
        Assert.Null(NetAddress.TryParse("10.0.0.1/" + new string('8', 60)));
    }

    [Theory]
    [InlineData("users", "a@: {}")]
    [InlineData("mounts", "/d@: {from: x}")]
    [InlineData("sysctl", "a.b@: 1")]
    public void Pairs_AThousandAreRead_AndOneMoreIsAFaultThatTheFirstTooManyHas(string word, string pair)
    {
        string Many(int count) =>
            $"{word}: {{{string.Join(", ", Enumerable.Range(0, count).Select(i => pair.Replace("@", $"{i}", StringComparison.Ordinal)))}}}";
        FaultList faults = new();
        Settings.Reading.MachineFile.Read(System.Text.Encoding.UTF8.GetBytes(Many(1000)), "m", faults);
        Assert.Empty(faults.Faults);
        Settings.Reading.MachineFile.Read(System.Text.Encoding.UTF8.GetBytes(Many(1001)), "m", faults);
        Fault fault = Assert.Single(faults.Faults);
        Assert.Equal($"'{word}' has 1001 entries, at most 1000 may be", fault.Message);
        Assert.True(fault.IsOfAllBehind);
    }

    private static string Long(string value) => System.Text.RegularExpressions.Regex.Replace(
        value, @"(.)\{(\d+)\}", m => new string(m.Groups[1].Value[0], int.Parse(m.Groups[2].Value,
            System.Globalization.CultureInfo.InvariantCulture)));

    private static bool IsRead(string file, string value)
    {
        FaultList faults = new();
        Settings.Reading.MachineFile.Read(System.Text.Encoding.UTF8.GetBytes(file.Replace("X", value, StringComparison.Ordinal)), "m",
            faults);
        return !faults.Any;
    }
}
