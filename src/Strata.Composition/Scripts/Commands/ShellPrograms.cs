using Strata.Composition.Scripts.Shell;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Programs of the image that are scripts of shell themselves: they are followed like the script that calls them.</summary>
internal static class ShellPrograms
{
    private const int LongestProgram = 1 << 20;
    private static readonly GuestPath s_services = GuestPath.Parse("/etc/init.d");

    /// <summary>Follows one.</summary>
    /// <exception cref="NotUnderstoodException">There is no such program, it is none of shell, or something in it is not known.</exception>
    public static int? Run(ShellMachine machine, CommandCall call)
    {
        if (call.Name is "sh" && call.Arguments.Count == 0 && call.Streams.Input.TakeAll() is string commands)
        {
            return Follow("sh", new ScriptText(commands));
        }
        if (Find(call) is not (GuestPath path, ScriptedFile file))
        {
            throw Unknown();
        }
        if (path.Parent == s_services)
        {
            call.Note(null, "no service runs while an image is made");
            return call.Arguments is ["status"] ? 3 : 0;
        }
        if (file.Node is not FileNode { Content.Size: <= LongestProgram } || call.State.Files.Read(file) is not ['#', '!', ..] text
            || new ScriptText(text) is not { IsForeign: false } script)
        {
            throw Unknown();
        }
        return Follow(path.ToString(), script);

        int? Follow(string name, ScriptText script)
        {
            try
            {
                return machine.RunProgram(call, name, ShellParser.Parse(script.Text), script.EndsOnFailure);
            }
            catch (ShellSyntaxException e)
            {
                throw call.NotUnderstood($"{name}, line {e.Line}: {e.Message}");
            }
            catch (NotUnderstoodException e)
            {
                throw call.NotUnderstood($"{name}, line {e.Line}: {e.Message}");
            }
        }

        NotUnderstoodException Unknown() => call.NotUnderstood($"what '{call.Name}' does is declared nowhere");
    }

    private static (GuestPath Path, ScriptedFile File)? Find(CommandCall call)
    {
        IEnumerable<string> places = call.Name.Contains('/', StringComparison.Ordinal) ? [call.Name]
            : BuiltIns.SearchPath.Select(f => $"{f}/{call.Name}");
        foreach (string place in places)
        {
            if (FileCommands.At(call, place, follows: true) is (GuestPath path, ScriptedFile { Node: FileNode } file))
            {
                return (path, file);
            }
        }
        return null;
    }
}
