using System.Text;
using Strata.Composition.Effects;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.InitSystems;

/// <summary>Services with every word, under each init system: all files that come of them, to the letter.</summary>
public sealed class InitFilesTests : IDisposable
{
    private const string Services = """
        first: {kind: setup, command: [/boot]}
          second: {kind: setup, command: [/boot, "it's"], environment: {A: "x y"}}
          third: {kind: setup, command: [/once], after: [second]}
          plain: {command: [/daemon, -F]}
          account: {command: [/daemon], user: root, group: www, requires: [plain], after: [file, plain]}
          group: {command: [/daemon, -g, "a b"], group: www, no-new-privileges: true}
          file: {command: [/daemon], ready: {file: /run/x}, restart: never, log: console}
          port: {command: [/daemon], ready: {port: 80, within: 9}, restart: failure, log: none}
          notes: {command: [/daemon], restart: {when: always, delay: 0, longest: 7}, stop: {signal: QUIT, within: 3}, requires: [file]}
          room: {command: [/daemon], private-tmp: true, read-only: [/etc, /srv], directories: [/run/a, /var/lib/b]}
          only: {command: [/daemon], read-only: [/etc]}
          limits: {command: [/daemon], limits: {memory: 64 MiB, cpu: 150, files: 1024, processes: 20}, nice: -5, working-directory: /srv}
          memory: {command: [/daemon], limits: {memory: 64 MiB}}
          cpu: {kind: once, command: [/once], limits: {cpu: 5}}
          alone: {kind: once, command: [/once]}
          waits: {kind: once, command: [/once, a], after: [plain]}
          waited: {kind: once, command: [/once, b]}
          waiter: {command: [/daemon], after: [waited, waited]}
          shell: {kind: console, command: [/bin/sh], terminal: tty1}
          down: {kind: shutdown, command: [/down]}
          last: {kind: shutdown, command: [/down, "a b"], environment: {B: c}}
        """;

    // BusyBox has no control groups
    private static readonly string WithoutLimitsOfOthers = Services.Replace("memory: 64 MiB, cpu: 150, ", "", StringComparison.Ordinal)
        .Replace("limits: {memory: 64 MiB}", "nice: 1", StringComparison.Ordinal).Replace("limits: {cpu: 5}", "nice: 2",
            StringComparison.Ordinal);

    private readonly Workbench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("busybox", "/usr/sbin/init")]
    [InlineData("openrc", "/usr/sbin/openrc-init")]
    [InlineData("systemd", "/usr/lib/systemd/systemd")]
    public async Task Apply_EveryWord_BecomesTheseFiles(string system, string program)
    {
        _bench.Capability("init", $"provides: {{init-system: {system}}}\nfiles: {{{program}: {{content: x, mode: \"0755\"}}}}");
        string programs = string.Join(", ", new[] { "/boot", "/once", "/daemon", "/bin/sh", "/down" }.Select(p => p
            + ": {content: x, mode: \"0755\"}"));
        _bench.Capability("c", $"files: {{{programs}}}\nservices:\n  {(system == "busybox" ? WithoutLimitsOfOthers : Services)}");
        FileTree tree = await _bench.ApplyAsync(new ServicesEffect(), "init, c");
        StringBuilder all = new();
        foreach (TreeEntry entry in tree.Entries)
        {
            string path = entry.Path.ToString();
            string mode = Convert.ToString(entry.Node.Permissions, 8);
            if (entry.Node is SymlinkNode link)
            {
                all.Append($"== {path} -> {link.Target} ({entry.Origin.Capability})\n");
            }
            else if (entry.Node is FileNode && !path.EndsWith("/supervise", StringComparison.Ordinal) && !path.EndsWith("/stop-services",
                StringComparison.Ordinal)
                && _bench.Text(tree, path) is { Length: > 1 } text)
            {
                all.Append($"== {path} {mode} ({entry.Origin.Capability})\n{text}");
            }
            else if (entry.Node is FileNode)
            {
                all.Append($"== {path} {mode} ({entry.Origin.Capability})\n");
            }
        }
        Golden.Same("init-" + system, all.ToString());
    }
}
