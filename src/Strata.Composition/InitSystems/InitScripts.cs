using System.Text;

namespace Strata.Composition.InitSystems;

/// <summary>Scripts of ours that images take as they are.</summary>
internal static class InitScripts
{
    /// <summary>One that waits for services to be ready, with what that means in front of it.</summary>
    public static string Waiting(string name) => Read("ready.sh") + Read(name);

    /// <summary>One by its file name, as <c>supervise.sh</c>.</summary>
    public static string Read(string name)
    {
        using Stream stream = typeof(InitScripts).Assembly.GetManifestResourceStream("init/" + name)
            ?? throw new ArgumentException($"no script '{name}' is part of this program", nameof(name));
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
