using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Trees;

/// <summary>Texts of a tree.</summary>
internal static class ContentText
{
    private const int Most = 4 << 20; // bytes

    /// <summary>Whole content of a file as UTF-8 text.</summary>
    /// <exception cref="StrataException">It is larger than 4 MiB.</exception>
    public static string ReadText(this IContentReader contents, FileContent content)
    {
        ArgumentNullException.ThrowIfNull(contents);
        ArgumentNullException.ThrowIfNull(content);
        if (content.Size > Most)
        {
            throw new StrataException($"cannot read a text of {new ByteSize(content.Size)}: at most {new ByteSize(Most)} are allowed");
        }
        using StreamReader reader = new(contents.Open(content));
        return reader.ReadToEnd();
    }
}
