using System.Text;

namespace Strata.Packages.Indexes;

/// <summary>Fields of a stanza that an index keeps; the first ones are <see cref="PackageText"/> with the same numbers.</summary>
internal enum PackageField
{
    Size = PackageIndexFormat.TextCount,
    InstalledSize,
    Sha256,
    MultiArch,
    Priority,
    Essential,
    Other,
}

/// <summary>Recognises fields and their fixed words, without regard to ASCII case (Debian Policy §5.1).</summary>
internal static class PackageFields
{
    public static PackageField Classify(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 => Is(name, "Size"u8, PackageField.Size),
        6 => Is(name, "SHA256"u8, PackageField.Sha256, "SHA512"u8, (PackageField)PackageText.Sha512,
            "Source"u8, (PackageField)PackageText.Source, "Breaks"u8, (PackageField)PackageText.Breaks),
        7 => Is(name, "Package"u8, (PackageField)PackageText.Name, "Version"u8, (PackageField)PackageText.Version,
            "Depends"u8, (PackageField)PackageText.Depends, "Section"u8, (PackageField)PackageText.Section),
        8 => Is(name, "Filename"u8, (PackageField)PackageText.Filename, "Priority"u8, PackageField.Priority,
            "Provides"u8, (PackageField)PackageText.Provides, "Replaces"u8, (PackageField)PackageText.Replaces),
        9 => Is(name, "Conflicts"u8, (PackageField)PackageText.Conflicts, "Essential"u8, PackageField.Essential),
        10 => Is(name, "Multi-Arch"u8, PackageField.MultiArch, "Recommends"u8, (PackageField)PackageText.Recommends),
        11 => Is(name, "Pre-Depends"u8, (PackageField)PackageText.PreDepends),
        12 => Is(name, "Architecture"u8, (PackageField)PackageText.Architecture),
        14 => Is(name, "Installed-Size"u8, PackageField.InstalledSize),
        _ => PackageField.Other,
    };

    public static MultiArch? MultiArchOf(ReadOnlySpan<byte> value) => value switch
    {
        _ when value.SequenceEqual("no"u8) => MultiArch.No,
        _ when value.SequenceEqual("same"u8) => MultiArch.Same,
        _ when value.SequenceEqual("foreign"u8) => MultiArch.Foreign,
        _ when value.SequenceEqual("allowed"u8) => MultiArch.Allowed,
        _ => null,
    };

    /// <summary>An unknown word counts as <c>optional</c>: priorities order equals, nothing else.</summary>
    public static PackagePriority PriorityOf(ReadOnlySpan<byte> value) => value switch
    {
        _ when value.SequenceEqual("required"u8) => PackagePriority.Required,
        _ when value.SequenceEqual("important"u8) => PackagePriority.Important,
        _ when value.SequenceEqual("standard"u8) => PackagePriority.Standard,
        _ when value.SequenceEqual("extra"u8) => PackagePriority.Extra,
        _ => PackagePriority.Optional,
    };

    private static PackageField Is(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> a, PackageField ifA,
        ReadOnlySpan<byte> b = default, PackageField ifB = PackageField.Other,
        ReadOnlySpan<byte> c = default, PackageField ifC = PackageField.Other,
        ReadOnlySpan<byte> d = default, PackageField ifD = PackageField.Other) =>
        Ascii.EqualsIgnoreCase(name, a) ? ifA
        : Ascii.EqualsIgnoreCase(name, b) ? ifB
        : Ascii.EqualsIgnoreCase(name, c) ? ifC
        : Ascii.EqualsIgnoreCase(name, d) ? ifD
        : PackageField.Other;
}
