namespace Strata.Inventory.Bills;

/// <summary>A form in which bills are published.</summary>
public sealed record BillForm
{
    private readonly Action<Bill, Stream> _write;

    private BillForm(string name, string ending, string mediaType, Action<Bill, Stream> write) =>
        (Name, Ending, MediaType, _write) = (name, ending, mediaType, write);

    /// <summary>Name, as in <c>--format</c>.</summary>
    public string Name { get; }

    /// <summary>Ending of its files.</summary>
    public string Ending { get; }

    /// <summary>Type by which registries know it.</summary>
    public string MediaType { get; }

    /// <summary>SPDX 2.3.</summary>
    public static BillForm Spdx { get; } = new("spdx", "spdx.json", "application/spdx+json", SpdxDocument.Write);

    /// <summary>CycloneDX 1.6.</summary>
    public static BillForm CycloneDx { get; } = new("cyclonedx", "cdx.json", "application/vnd.cyclonedx+json", CycloneDxDocument.Write);

    /// <summary>All forms.</summary>
    public static IReadOnlyList<BillForm> All { get; } = [Spdx, CycloneDx];

    /// <summary>A bill in this form; the same bill gives the same bytes.</summary>
    public byte[] Write(Bill bill)
    {
        using MemoryStream bytes = new();
        _write(bill, bytes);
        return bytes.ToArray();
    }
}
