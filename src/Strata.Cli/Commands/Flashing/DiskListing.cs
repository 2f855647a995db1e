using Strata.Cli.Output;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Flash.Contents;
using Strata.Flash.Targets;

namespace Strata.Cli.Commands.Flashing;

/// <summary>Shows disks and what is on them.</summary>
internal static class DiskListing
{
    /// <summary>A table of disks, what they hold and why they cannot be written.</summary>
    public static void Print(IReadOnlyList<FlashTarget> targets, bool anyDisk)
    {
        if (targets.Count == 0)
        {
            Terminal.Line(anyDisk ? "No disk is here."
                : "No stick, card or other disk that one plugs in is here ('--all' shows built-in ones).");
            return;
        }
        new Terminal().Table(
            ["device", new Column("size", true), "model", "holds", "in use"],
            targets.Select(t => (IReadOnlyList<string>)
            [
                t.Path, new ByteSize(t.Size).ToString(), BlockDevice.Printable(t.Model), Summary(DiskContents.Of(t.Path)),
                t.Uses.Count > 0 ? string.Join(", ", t.Uses.Select(u => $"{u.Device} {u.How}")) : t.IsReadOnly ? "write-protected" : "",
            ]));
    }

    /// <summary>What will be lost, as lines on standard error.</summary>
    public static void TellLoss(string path, string model, long size, DiskContents contents)
    {
        Terminal.Note($"{path}: {new ByteSize(size)}{(model.Length > 0 ? ", " + BlockDevice.Printable(model) : "")}");
        foreach (DiskVolume volume in contents.Volumes)
        {
            string part = volume.Number == 0 ? "whole disk " : $"partition {volume.Number}";
            Terminal.Note($"  {part}  {new ByteSize(volume.Size),10}  {Describe(volume)}");
        }
        Terminal.Note(
            !contents.IsReadable ? "  What it holds cannot be read. ALL of it will be lost."
            : contents.IsBlank ? "  It looks empty. Whatever it holds will be lost."
            : contents.Volumes.Count == 0 ? "  It holds something that is not known here. ALL of it will be lost."
            : "  ALL of this will be lost.");
    }

    private static string Summary(DiskContents contents) =>
        !contents.IsReadable ? "cannot be read (are you root?)"
        : contents.IsBlank ? "nothing"
        : contents.Volumes.Count == 0 ? contents.Table.Length > 0 ? $"an empty {contents.Table}" : "something unknown"
        : string.Join(", ", contents.Volumes.Select(Describe).Distinct());

    private static string Describe(DiskVolume volume)
    {
        string type = volume.FileSystem?.Type ?? "unknown";
        string label = volume.FileSystem is { Label.Length: > 0 } facts ? facts.Label : volume.Label;
        return label.Length > 0 ? $"{type} '{BlockDevice.Printable(label)}'" : type;
    }
}
