using System.Text;
using Strata.Packages.Releases;

namespace Strata.Packages.Tests.Releases;

/// <summary>The outer form of signed documents: each rule with what it just allows and what it just does not.</summary>
public class ClearSignedTests
{
    private const string Begin = "-----BEGIN PGP SIGNED MESSAGE-----\n";
    private const string BeginSignature = "-----BEGIN PGP SIGNATURE-----\n";
    private const string End = "-----END PGP SIGNATURE-----";
    private const string Base64 = "QUJD\n"; // a line of four

    private static readonly string s_full = new string('A', 76) + "\n"; // RFC 9580 §6.1: no line is longer

    private static string Many(string line, int count) => string.Concat(Enumerable.Repeat(line, count));

    public static IEnumerable<object[]> Documents =>
    [
        ["plain", $"{Begin}Hash: SHA512\n\ntext\n{BeginSignature}\n{Base64}{End}\n", true],
        ["no headers", $"{Begin}\ntext\n{BeginSignature}\n{Base64}{End}", true],
        ["blank lines behind it", $"{Begin}\ntext\n{BeginSignature}\n{Base64}{End}\n\n\n", true],
        ["a blank line before it", $"\n{Begin}\ntext\n{BeginSignature}\n{Base64}{End}\n", false],
        ["text behind it", $"{Begin}\ntext\n{BeginSignature}\n{Base64}{End}\nx\n", false],
        ["cut off", $"{Begin}\ntext\n{BeginSignature}\n{Base64}-----END PGP SIGNATURE----", false],
        ["nothing but an end", $"{Begin}\ntext\n{BeginSignature}\n{End}\n", false],
        ["two texts", $"{Begin}\ntext\n{Begin}\ntext\n{BeginSignature}\n{Base64}{End}\n", false],
        ["two signatures", $"{Begin}\ntext\n{BeginSignature}\n{Base64}{End}\n{BeginSignature}\n{Base64}{End}\n", false],
        ["another end", $"{Begin}\ntext\n-----END PGP MESSAGE-----\n{BeginSignature}\n{Base64}{End}\n", false],
        ["another begin", $"{Begin}\ntext\n-----BEGIN PGP MESSAGE-----\n{BeginSignature}\n{Base64}{End}\n", false],
        ["eight headers", $"{Begin}{Many("Hash: SHA256\n", 8)}\ntext\n{BeginSignature}\n{Base64}{End}\n", true],
        ["nine", $"{Begin}{Many("Hash: SHA256\n", 9)}\ntext\n{BeginSignature}\n{Base64}{End}\n", false],
        ["several digests", $"{Begin}Hash: SHA256, SHA3-512\n\ntext\n{BeginSignature}\n{Base64}{End}\n", true],
        ["lower case", $"{Begin}Hash: sha256\n\ntext\n{BeginSignature}\n{Base64}{End}\n", false],
        ["another header", $"{Begin}Charset: UTF-8\n\ntext\n{BeginSignature}\n{Base64}{End}\n", false],
        ["longest header", $"{Begin}Hash: {new string('A', 70)}\n\ntext\n{BeginSignature}\n{Base64}{End}\n", true],
        ["a longer one", $"{Begin}Hash: {new string('A', 71)}\n\ntext\n{BeginSignature}\n{Base64}{End}\n", false],
        ["a tab", $"{Begin}\na\tb\n{BeginSignature}\n{Base64}{End}\n", true],
        ["a NUL", $"{Begin}\na\0b\n{BeginSignature}\n{Base64}{End}\n", false],
        ["a backspace", $"{Begin}\na\bb\n{BeginSignature}\n{Base64}{End}\n", false],
        ["a carriage return", $"{Begin}\na\r\n{BeginSignature}\n{Base64}{End}\n", false],
        ["the last control character", $"{Begin}\na\u001fb\n{BeginSignature}\n{Base64}{End}\n", false],
        ["a dash, escaped", $"{Begin}\n- -x\n{BeginSignature}\n{Base64}{End}\n", true],
        ["a dash", $"{Begin}\n-x\n{BeginSignature}\n{Base64}{End}\n", false],
        ["a dash alone", $"{Begin}\n-\n{BeginSignature}\n{Base64}{End}\n", false],
        ["headers of the signature", $"{Begin}\ntext\n{BeginSignature}Version: 1\n\n{Base64}{End}\n", false],
        .. Signatures().Select(s => (object[])[s.Name, $"{Begin}\ntext\n{BeginSignature}\n{s.Text}{End}\n", s.IsRight]),
    ];

    public static IEnumerable<object[]> Detached =>
    [
        ["plain", $"{BeginSignature}\n{Base64}{End}\n", true],
        ["no line feed", $"{BeginSignature}\n{Base64}{End}", true],
        ["something before it", $"x\n{BeginSignature}\n{Base64}{End}\n", false],
        ["something behind it", $"{BeginSignature}\n{Base64}{End}\nx\n", false],
        ["two", $"{BeginSignature}\n{Base64}{End}\n{BeginSignature}\n{Base64}{End}\n", false],
        ["a version", $"{BeginSignature}Version: GnuPG v2.0.15 (GNU/Linux)\n\n{Base64}{End}\n", true],
        ["two versions", $"{BeginSignature}Version: 1\nVersion: 2\n\n{Base64}{End}\n", false],
        ["longest version", $"{BeginSignature}Version: {new string('v', 67)}\n\n{Base64}{End}\n", true],
        ["a longer one", $"{BeginSignature}Version: {new string('v', 68)}\n\n{Base64}{End}\n", false],
        ["first and last sign of it", $"{BeginSignature}Version:  ~\n\n{Base64}{End}\n", true],
        ["behind them", $"{BeginSignature}Version: \u007f\n\n{Base64}{End}\n", false],
        ["a tab in it", $"{BeginSignature}Version: a\tb\n\n{Base64}{End}\n", false],
        ["another header", $"{BeginSignature}Comment: x\n\n{Base64}{End}\n", false],
        ["no blank line", $"{BeginSignature}{Base64}{End}\n", false],
        .. Signatures().Select(s => (object[])[s.Name, $"{BeginSignature}\n{s.Text}{End}\n", s.IsRight]),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void ProblemOf_Document_IsThereOrNot(string name, string document, bool isRight) =>
        Assert.Equal((name, isRight), (name, ClearSigned.ProblemOf(Encoding.Latin1.GetBytes(document)) is null));

    [Theory]
    [MemberData(nameof(Detached))]
    public void ProblemOfDetached_Signature_IsThereOrNot(string name, string signature, bool isRight) =>
        Assert.Equal((name, isRight), (name, ClearSigned.ProblemOfDetached(Encoding.Latin1.GetBytes(signature)) is null));

    private static (string Name, string Text, bool IsRight)[] Signatures() =>
    [
        ("lines of 76", s_full + s_full + Base64, true), ("a line of 77", new string('A', 77) + "\n", false), ("a line of 80",
            new string('A', 80) + "\n", false), ("a line of 3", "QUJ\n", false),
        ("a blank line in it", Base64 + "\n" + Base64, false), ("one sign of padding", "QUI=\n", true), ("two", "QQ==\n", true), ("three",
            "Q===\n", false), ("nothing else", "====\n", false),
        ("a line behind padding", "QUI=\n" + Base64, false), ("a checksum", Base64 + "=njUN\n", true), ("a checksum alone", "=njUN\n",
            false), ("two checksums", Base64 + "=njUN\n=njUN\n", false),
        ("a line behind it", Base64 + "=njUN\n" + Base64, false), ("a short checksum", Base64 + "=njU\n", false), ("a long one",
            Base64 + "=njUNN\n", false), ("no base64 in it", Base64 + "=nj-N\n", false),
        ("every sign", "+/09azAZ\n", true), ("another", "-_09azAZ\n", false), ("behind the letters", "AAA[\n", false),
            ("padding in the middle", "A=AA\n", false), ("padding and a checksum", "QQ==\n=njUN\n", true),
    ];
}
