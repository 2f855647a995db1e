using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>
/// What update-ca-certificates(8) makes of the certificates in <c>/usr/share/ca-certificates</c>: one file with all of them, a link for
/// each in <c>/etc/ssl/certs</c>, the list of them that it reads when it is started, and a link by which OpenSSL finds it, named by the
/// hash of its subject. Where <c>ca-bundle</c> was
/// asked for the single files are gone, and there is nothing to do.
/// </summary>
internal sealed class CertificatesEffect : IEffect
{
    private static readonly GuestPath s_source = GuestPath.Parse("/usr/share/ca-certificates");
    private static readonly GuestPath s_javaTool = GuestPath.Parse("/usr/share/ca-certificates-java/ca-certificates-java.jar");
    private static readonly GuestPath s_folder = GuestPath.Parse("/etc/ssl/certs");

    /// <inheritdoc/>
    public string Name => "certificates";

    /// <inheritdoc/>
    public string Description => "bundle and links of the certificate authorities of package ca-certificates";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        GuestPath bundle = s_folder.Join("ca-certificates.crt");
        SortedDictionary<GuestPath, string> certificates = [];
        foreach (TreeEntry entry in context.Tree.InContentOrder())
        {
            if (entry.Path.IsAtOrBelow(s_source) && entry.Node is FileNode file
                && entry.Path.Name.EndsWith(".crt", StringComparison.Ordinal))
            {
                certificates.Add(entry.Path, context.ReadText(file.Content));
            }
        }
        if (certificates.Count == 0 || context.Tree.Contains(bundle))
        {
            return;
        }
        Dictionary<string, int> hashes = new(StringComparer.Ordinal);
        foreach ((GuestPath path, string text) in certificates)
        {
            string name = PemName(path);
            Link(context, name, path.ToString());
            string hash = HashOf(path, text);
            int number = hashes.GetValueOrDefault(hash);
            hashes[hash] = number + 1;
            Link(context, string.Create(CultureInfo.InvariantCulture, $"{hash}.{number}"), name);
        }
        FileNode node = new() { Permissions = Modes.File, Content =
            InlineContent.FromText(string.Concat(certificates.Values.Select(EndLine))) };
        context.Put(this, bundle, node);
        PutIfMissing(context, "/etc/ca-certificates.conf", new FileNode
        {
            Permissions = Modes.File,
            Content = InlineContent.FromText("# The certificates of the image, for update-ca-certificates(8).\n"
                + string.Concat(certificates.Keys.Select(p => p.ToString()[(s_source.ToString().Length + 1)..] + "\n"))),
        });
        PutIfMissing(context, "/usr/local/share/ca-certificates", new DirectoryNode { Permissions = Modes.Folder });
        PutJavaKeyStore(context, certificates);
    }

    // what the trigger of ca-certificates-java makes with Java, whose programs trust nobody without it
    private void PutJavaKeyStore(EffectContext context, SortedDictionary<GuestPath, string> certificates)
    {
        if (!context.Tree.Contains(s_javaTool))
        {
            return;
        }
        byte[] store = JavaKeyStore.Write(certificates.Select(c =>
            KeyValuePair.Create("debian:" + PemName(c.Key), DerOf(c.Key, c.Value))));
        GuestPath folder = s_folder.Join("java");
        if (!context.Tree.Contains(folder))
        {
            context.Put(this, folder, new DirectoryNode { Permissions = Modes.Folder });
        }
        context.Put(this, folder.Join("cacerts"), new FileNode { Permissions = Modes.File, Content = new InlineContent(store) });
        context.Tree.Remove(GuestPath.Parse("/var/lib/ca-certificates-java/fresh")); // what the script leaves for its trigger
    }

    private static string PemName(GuestPath path) =>
        path.Name[..^".crt".Length].Replace(' ', '_').Replace(',', '_').Replace('(', '=').Replace(')', '=') + ".pem";

    private static byte[] DerOf(GuestPath path, string pem)
    {
        try
        {
            return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw NoCertificate(path, e);
        }
    }

    private static StrataException NoCertificate(GuestPath path, Exception e) =>
        new($"cannot use {path}: it is no certificate", "Leave it out with 'except'.", e);

    private void PutIfMissing(EffectContext context, string path, TreeNode node)
    {
        if (!context.Tree.Contains(GuestPath.Parse(path)))
        {
            context.Put(this, GuestPath.Parse(path), node);
        }
    }

    /// <summary>
    /// The hash of a certificate's subject as OpenSSL names links: <c>X509_NAME_hash_ex</c>, crypto/x509/x509_cmp.c of 3.5.
    /// </summary>
    /// <exception cref="StrataException">It is no certificate.</exception>
    internal static string HashOf(GuestPath path, string pem)
    {
        try
        {
            AsnReader certificate = new AsnReader(DerOf(path, pem), AsnEncodingRules.DER).ReadSequence().ReadSequence();
            if (certificate.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                certificate.ReadEncodedValue(); // version
            }
            for (int i = 0; i < 4; i++)
            {
                certificate.ReadEncodedValue(); // serial number, algorithm, issuer, validity
            }
            byte[] subject = Canonical(certificate.ReadSequence());
#pragma warning disable CA5350 // the name of a link; nothing is trusted for it
            byte[] hash = SHA1.HashData(subject);
#pragma warning restore CA5350
            return Convert.ToHexStringLower([hash[3], hash[2], hash[1], hash[0]]);
        }
        catch (AsnContentException e)
        {
            throw NoCertificate(path, e);
        }
    }

    // x509_name_canon, crypto/x509/x_name.c: texts in UTF-8 and lower case with single blanks, without the outer sequence
    private static byte[] Canonical(AsnReader name)
    {
        List<byte> all = [];
        while (name.HasData)
        {
            AsnReader set = name.ReadSetOf();
            AsnWriter writer = new(AsnEncodingRules.DER);
            using (writer.PushSetOf())
            {
                while (set.HasData)
                {
                    AsnReader pair = set.ReadSequence();
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(pair.ReadObjectIdentifier());
                        Asn1Tag tag = pair.PeekTag();
                        UniversalTagNumber kind = (UniversalTagNumber)tag.TagValue;
                        if (tag.TagClass == TagClass.Universal && kind is UniversalTagNumber.UTF8String
                            or UniversalTagNumber.PrintableString
                            or UniversalTagNumber.T61String or UniversalTagNumber.IA5String or UniversalTagNumber.VisibleString
                                or UniversalTagNumber.BMPString)
                        {
                            writer.WriteCharacterString(UniversalTagNumber.UTF8String, Folded(pair.ReadCharacterString(kind)));
                        }
                        else
                        {
                            writer.WriteEncodedValue(pair.ReadEncodedValue().Span);
                        }
                    }
                }
            }
            all.AddRange(writer.Encode());
        }
        return [.. all];
    }

    private static string Folded(string text)
    {
        StringBuilder folded = new();
        foreach (char c in text.Trim(' ', '\t', '\n', '\r', '\v', '\f'))
        {
            bool isBlank = c is ' ' or '\t' or '\n' or '\r' or '\v' or '\f';
            if (!isBlank || folded[^1] != ' ')
            {
                folded.Append(isBlank ? ' ' : char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c);
            }
        }
        return folded.ToString();
    }

    private static string EndLine(string text) => text.EndsWith('\n') ? text : text + "\n";

    private void Link(EffectContext context, string name, string target)
    {
        if (!context.Tree.Contains(s_folder.Join(name)))
        {
            context.Put(this, s_folder.Join(name), new SymlinkNode { Permissions = Modes.Link, Target = target });
        }
    }
}
