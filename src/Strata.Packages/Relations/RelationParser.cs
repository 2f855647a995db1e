using Strata.Core;
using Strata.Packages.Versions;

namespace Strata.Packages.Relations;

/// <summary>Reads the relation fields of binary packages: <c>libc6 (&gt;= 2.38), mawk | gawk, python3:any</c> (Debian Policy §7.1).</summary>
/// <remarks>
/// Architecture lists <c>[amd64]</c> and build profiles <c>&lt;!nocheck&gt;</c> exist in source packages only and are refused. The old operators
/// <c>&lt;</c> and <c>&gt;</c> are refused too; they left the archive before the releases we read.
/// </remarks>
internal static class RelationParser
{
    /// <summary>Most groups in one field, and most alternatives in one group. The largest field of trixie provides about 1,900 names.</summary>
    public const int MaxItems = 20_000;

    /// <summary>Reads a comma-separated list of groups; an empty text gives none.</summary>
    /// <param name="text">Value of the field; line feeds of a folded field count as blanks.</param>
    /// <param name="field">What a fault is reported under: <c>Depends of curl</c>.</param>
    /// <exception cref="ImageFormatException">It breaks the syntax; the position is that of the character in the value.</exception>
    public static IReadOnlyList<RelationGroup> Parse(string text, string field)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<RelationGroup> groups = [];
        Cursor cursor = new(text, field);
        if (cursor.AtEnd)
        {
            return groups;
        }
        do
        {
            List<Relation> alternatives = [];
            do
            {
                alternatives.Add(cursor.ReadRelation());
                cursor.Require(alternatives.Count <= MaxItems, $"more than {MaxItems} alternatives");
            }
            while (cursor.Take('|'));
            groups.Add(new RelationGroup(alternatives));
            cursor.Require(groups.Count <= MaxItems, $"more than {MaxItems} relations");
        }
        while (cursor.Take(',') && !cursor.AtEnd); // dpkg accepts a comma after the last item
        cursor.Require(cursor.AtEnd, "expected ',' or '|'");
        return groups;
    }

    /// <summary>Reads a field without alternatives, such as <c>Conflicts</c> or <c>Provides</c>.</summary>
    /// <exception cref="ImageFormatException">It breaks the syntax or has a <c>|</c>.</exception>
    public static IReadOnlyList<Relation> ParseSimple(string text, string field)
    {
        IReadOnlyList<RelationGroup> groups = Parse(text, field);
        Relation[] relations = new Relation[groups.Count];
        for (int i = 0; i < relations.Length; i++)
        {
            relations[i] = groups[i].Alternatives is [Relation only]
                ? only
                : throw new ImageFormatException(field, 0, $"alternatives '{groups[i]}' are not allowed in this field");
        }
        return relations;
    }

    /// <summary>Reads one relation without alternatives, as blueprints write it: <c>curl</c>, <c>curl (&gt;= 8)</c>.</summary>
    /// <exception cref="ImageFormatException">It is none, or more than one.</exception>
    public static Relation ParseOne(string text, string field)
    {
        IReadOnlyList<Relation> relations = ParseSimple(text, field);
        return relations.Count == 1
            ? relations[0]
            : throw new ImageFormatException(field, 0, $"expected one package, '{text}' has {relations.Count}");
    }

    private struct Cursor(string text, string field)
    {
        private int _position;

        public bool AtEnd
        {
            get
            {
                SkipBlanks();
                return _position == text.Length;
            }
        }

        public bool Take(char c)
        {
            SkipBlanks();
            if (_position < text.Length && text[_position] == c)
            {
                _position++;
                return true;
            }
            return false;
        }

        public readonly void Require(bool condition, string problem)
        {
            if (!condition)
            {
                throw Fault(problem);
            }
        }

        public Relation ReadRelation()
        {
            SkipBlanks();
            string name = Word();
            string? problem = PackageName.ProblemOf(name);
            Require(problem is null, problem ?? "");
            string? architecture = null;
            if (_position < text.Length && text[_position] == ':')
            {
                _position++;
                architecture = Word();
                Require(PackageName.IsArchitecture(architecture), $"'{architecture}' after '{name}:' is no architecture");
            }
            VersionConstraint constraint = Take('(') ? ReadConstraint() : VersionConstraint.Any;
            SkipBlanks();
            if (_position < text.Length && text[_position] is '[' or '<')
            {
                throw Fault(text[_position] == '['
                    ? "a list of architectures is allowed in source packages only"
                    : "a build profile is allowed in source packages only");
            }
            return new Relation(name, constraint, architecture);
        }

        private VersionConstraint ReadConstraint()
        {
            SkipBlanks();
            int start = _position;
            while (_position < text.Length && text[_position] is '<' or '=' or '>')
            {
                _position++;
            }
            string sign = text[start.._position];
            VersionOperator comparison = sign switch
            {
                "<<" => VersionOperator.Earlier,
                "<=" => VersionOperator.EarlierOrEqual,
                "=" => VersionOperator.Equal,
                ">=" => VersionOperator.LaterOrEqual,
                ">>" => VersionOperator.Later,
                _ => throw Fault($"'{sign}' is no comparison; allowed are << <= = >= >>"),
            };
            SkipBlanks();
            start = _position;
            while (_position < text.Length && text[_position] != ')' && !IsBlank(text[_position]))
            {
                _position++;
            }
            if (!DebianVersion.TryParse(text[start.._position], out DebianVersion? version, out string? problem))
            {
                throw Fault($"version '{Shorten(text[start.._position])}': {problem}");
            }
            Require(Take(')'), "expected ')' after the version");
            return VersionConstraint.Of(comparison, version);
        }

        private string Word()
        {
            int start = _position;
            while (_position < text.Length && !IsBlank(text[_position])
                && text[_position] is not (':' or ',' or '|' or '(' or ')' or '[' or '<'))
            {
                _position++;
            }
            return text[start.._position];
        }

        private void SkipBlanks()
        {
            while (_position < text.Length && IsBlank(text[_position]))
            {
                _position++;
            }
        }

        private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';

        private static string Shorten(string word) => word.Length <= 80 ? word : word[..80] + "…";

        private readonly ImageFormatException Fault(string problem) => new(field, _position, problem);
    }
}
