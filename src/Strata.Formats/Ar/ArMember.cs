namespace Strata.Formats.Ar;

/// <summary>One member of an ar archive.</summary>
/// <param name="Name">Its name, 1 … 16 ASCII characters, without padding and without the trailing slash that some writers add.</param>
/// <param name="Size">Length of its content in bytes, 0 … 9,999,999,999.</param>
/// <param name="HeaderOffset">Where its header starts, in bytes from the start of the archive.</param>
/// <param name="DataOffset">Where its content starts, likewise.</param>
internal readonly record struct ArMember(string Name, long Size, long HeaderOffset, long DataOffset);
