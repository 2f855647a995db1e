using System.Diagnostics;
using Strata.Core;
using Strata.Formats.Elf;

namespace Strata.Toolbox;

/// <summary>Small scripts that start the programs of a tree by name, for everything that expects programs on a PATH.</summary>
public static class ToolWrappers
{
    private static readonly string[] s_folders = ["usr/lib/systemd", "usr/sbin", "usr/bin"]; // the first: systemd-measure

    /// <summary>Writes one for every program; returns how many. A program of <c>usr/bin</c> goes before others.</summary>
    /// <param name="tree">Where the programs are.</param>
    /// <param name="folder">Gets the scripts; made when missing.</param>
    public static int Write(ToolTree tree, string folder)
    {
        ArgumentNullException.ThrowIfNull(tree);
        Directory.CreateDirectory(folder);
        HashSet<string> written = new(StringComparer.Ordinal);
        foreach (string place in s_folders)
        {
            string full = tree.PathOf(place);
            string[] programs = Directory.Exists(full) ? Directory.GetFiles(full) : [];
            foreach (string program in programs.Order(StringComparer.Ordinal))
            {
                string name = Path.GetFileName(program);
                if (!IsElf(tree, program) || !IsPlainName(name))
                {
                    continue; // scripts of the tree would run against the host's interpreters
                }
                ProcessStartInfo start = tree.CommandAsInstalled($"{place}/{name}");
                string script = "#!/bin/sh\n"
                    + "unset LD_LIBRARY_PATH LD_PRELOAD\n"
                    + (name.StartsWith("qemu", StringComparison.Ordinal)
                        ? $"export {ToolTree.QemuModules}={Quote(start.Environment[ToolTree.QemuModules]!)}\n"
                        : "")
                    + (name.StartsWith("python", StringComparison.Ordinal) ? $"export PYTHONHOME={Quote(tree.PathOf("usr"))}\n" : "")
                    + $"exec {Quote(start.FileName)} {string.Join(' ', start.ArgumentList.Select(Quote))} \"$@\"\n";
                string path = Path.Combine(folder, name);
                File.WriteAllText(path, script);
                File.SetUnixFileMode(path, (UnixFileMode)Modes.Program);
                written.Add(name);
            }
        }
        return written.Count;
    }

    private static bool IsPlainName(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+');

    private static bool IsElf(ToolTree tree, string path)
    {
        FileInfo info = new(path);
        for (int hops = 0; info.LinkTarget is not null; hops++)
        {
            if (hops == 40 || info.ResolveLinkTarget(returnFinalTarget: false) is not FileInfo target
                || !target.FullName.StartsWith(tree.Root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                return false; // an absolute link names a program of the host
            }
            info = target;
        }
        if (!info.Exists || info.Length < 4)
        {
            return false;
        }
        using FileStream file = info.OpenRead();
        Span<byte> start = stackalloc byte[4];
        file.ReadExactly(start);
        return ElfFile.HasMagic(start);
    }

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
