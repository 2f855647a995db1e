using System.Globalization;
using System.Text;

namespace Strata.Formats.Tests.Ar;

/// <summary>ar archives, made in the test after <c>ar.h</c>.</summary>
internal static class ArBytes
{
    public static byte[] Archive(params IEnumerable<(string Name, byte[] Content)> members)
    {
        List<byte> bytes = [.. "!<arch>\n"u8];
        foreach ((string name, byte[] content) in members)
        {
            bytes.AddRange(Header(name, content.Length.ToString(CultureInfo.InvariantCulture)));
            bytes.AddRange(content);
            if (content.Length % 2 != 0)
            {
                bytes.Add((byte)'\n');
            }
        }
        return [.. bytes];
    }

    public static byte[] Header(string name, string size) =>
        Encoding.ASCII.GetBytes($"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{size,-10}`\n");
}
