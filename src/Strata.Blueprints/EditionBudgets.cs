using System.Globalization;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Limits that a blueprint sets; each is null when it sets none. A broken one fails the build, or the measurement of what only a guest can show.</summary>
public sealed record EditionBudgets
{
    /// <summary>What is fetched: the bootable file with the layers beside it, the ISO image, or the container image. Known when it is packed.</summary>
    public ByteSize? Image { get; init; }

    /// <summary>Plain bytes of all files. Known when the tree is composed.</summary>
    public ByteSize? Installed { get; init; }

    /// <summary>Packages that files are from. Known when the tree is composed.</summary>
    public long? Packages { get; init; }

    /// <summary>Files with setuid or setgid. Known when the tree is composed.</summary>
    public long? SetUid { get; init; }

    /// <summary>Memory in use when the system is idle. Measured.</summary>
    public ByteSize? Memory { get; init; }

    /// <summary>The least memory that boots. Measured.</summary>
    public ByteSize? LeastMemory { get; init; }

    /// <summary>Sockets on which somebody listens and that can be reached from outside. Measured.</summary>
    public long? Ports { get; init; }

    /// <summary>Boot time in thousandths of the reference guest's. Measured.</summary>
    public long? Boot { get; init; }

    /// <summary>Reads the section <c>budget</c> of a blueprint.</summary>
    internal static EditionBudgets Read(MappingReader? reader)
    {
        if (reader is null)
        {
            return new EditionBudgets();
        }
        EditionBudgets budgets = new()
        {
            Image = reader.Size("image"),
            Installed = reader.Size("installed"),
            Packages = reader.Number("packages", 0, int.MaxValue),
            SetUid = reader.Number("setuid", 0, int.MaxValue),
            Memory = reader.Size("memory"),
            LeastMemory = reader.Size("least-memory"),
            Ports = reader.Number("ports", 0, ushort.MaxValue),
            Boot = ReadRatio(reader, "boot"),
        };
        reader.Done();
        return budgets;
    }

    private static long? ReadRatio(MappingReader reader, string key)
    {
        if (reader.Scalar(key) is not YamlScalar text)
        {
            return null;
        }
        if (decimal.TryParse(text.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal ratio) && ratio is > 0 and <= 1000)
        {
            return (long)(ratio * 1000);
        }
        reader.Faults.Add(text, $"'{key}' is '{text.Text}'; expected how many times longer than the reference guest it may boot, such as 2.5");
        return null;
    }
}
