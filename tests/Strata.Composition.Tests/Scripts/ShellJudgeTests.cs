using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Scripts;

/// <summary>The shell of this machine (dash where Debian's scripts run) and chmod(1) as judges of how scripts are followed.</summary>
public class ShellJudgeTests
{
    private static readonly string[] s_snippets =
    [
        // test(1): every comparison below, at and above, and how conditions bind
        .. from operation in (string[])["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]
           from number in (string[])["-1", "4", "5", "6"]
           select $"[ {number} {operation} 5 ] && echo yes || echo no",
        .. from text in (string[])["''", "a", "b"] from operation in (string[])["=", "!="]
           select $"[ {text} {operation} a ] && echo yes || echo no",
        .. from option in (string[])["-z", "-n"] from text in (string[])["''", "' '", "a"]
           select $"[ {option} {text} ] && echo yes || echo no",
        .. from a in (string[])["a", "''"] from b in (string[])["a", "''"] from c in (string[])["a", "''"]
           select $"[ {a} -o {b} -a {c} ] && echo yes || echo no",
        .. from a in (string[])["a", "''"] from b in (string[])["a", "''"] select $"[ {a} -a ! {b} ] && echo yes || echo no",
        "[ ! a = a ] && echo yes || echo no",
        "[ '(' a = b -o a = a ')' -a b ] && echo yes || echo no",
        "[ ] && echo yes || echo no",
        "[ '' ] && echo yes || echo no",
        "[ -z ] && echo yes || echo no",
        "[ ! '' ] && echo yes || echo no",
        "test a -a b && echo yes",

        // ${…}: not set, empty and set, with and without the colon
        .. from value in (string[])["unset v", "v=", "v=x"] from form in (string[])["-", ":-", "+", ":+", "=", ":="]
           select $"{value}; echo \"<${{v{form}w}}><${{v-none}}>\"",
        "v=; echo \"${v?}\"",
        "v=abcabc; echo ${v#*b} ${v##*b} ${v%b*} ${v%%b*} ${v#b} ${v%a} ${v#} ${v%%}",
        "v=a*b; echo \"${v#a\\*}\" \"${v#a?}\" \"${v%'*b'}\" \"${v#*}\" \"${v##*}\"",
        "v=/a/b/c.d.e; echo ${v##*/} ${v%/*} ${v%.*} ${v%%.*} ${v#/}",
        "v=abc; echo ${#v}; v=; echo ${#v}",
        "v=x; echo \"${v:-${w:-z}}\" \"${w:-${v}y}\" ${w:+no}${v:+yes}",
        "set -- a 'b c' d; echo $# \"$1\" \"$2\" \"$3\" \"$4\" $*",
        "set -- a 'b c'; for i in \"$@\"; do echo \"<$i>\"; done",
        "set -- a 'b c'; for i in \"$*\"; do echo \"<$i>\"; done",
        "set -- a 'b c'; for i in $@; do echo \"<$i>\"; done",
        "set --; for i in \"$@\"; do echo never; done; echo $#",
        "set -- a b c; shift; echo $*; shift 2; echo $#",
        "set -- a; shift 2; echo never",
        "set -- a; (shift 2; echo never); echo $? $#",

        // what one command reads the next does not get
        "printf 'a\\nb\\nc\\n' | { read x; read y; echo \"<$x><$y>\"; cat; }",
        "printf 'a\\nb\\nc' | { read x; echo \"<$x>\"; while read y; do echo \"<$y>\"; done; echo \"<$y>\"; }",
        "printf 'a\\nb\\nc\\n' | while read x; do read y; echo \"<$x><$y>\"; done",
        "printf 'a\\nb\\nc\\n' | while read x; do echo \"<$x>\"; cat; done",
        "printf 'a\\nb\\n' | { read x; echo c | { read x; echo \"<$x>\"; }; read x; echo \"<$x>\"; }",
        "f() { read x; echo \"<$x>\"; }; printf 'a\\nb\\n' | { f; f; f; }",
        "while read x; do echo \"<$x>\"; done <<E\na\nb c\nE\necho end",
        "printf 'a\\nb\\n' | { read x <<E\nc\nE\nread y; echo \"<$x><$y>\"; }",

        "printf 'a\\nb\\nc\\n' | tac",
        "printf 'a\\nb\\nc' | tac; echo; printf '' | tac",

        // getopts: groups, values joined and apart, the end, unknown ones, missing values, silent or not
        .. from words in (string[])["", "-a", "-ab", "-a -b", "-bx", "-b x", "-abx y", "-a -- -b", "-a y -b", "-", "-z", "-az", "-b", "-ab",
            "-a -b x -c y"]
           from known in (string[])["ab:c", ":ab:c"]
           select $"set -- {words}\nwhile getopts {known} o 2>/dev/null; do echo \"<$o><${{OPTARG-none}}>\"; done; echo $? $OPTIND $o",
        "f() { while getopts x:y o; do echo \"$o ${OPTARG-none}\"; done; }; f -y -x 1 rest; echo $OPTIND",
        "while getopts ab o -a -b c; do echo $o; done; echo $OPTIND",
        "set -- -a -b c; while getopts ab o; do echo $o; done; shift $(expr $OPTIND - 1); echo $OPTIND $*",

        .. from operation in (string[])["+", "-", "'*'", "/", "%"] from number in (string[])["3", "-2", "7"]
           select $"expr 7 {operation} {number}; echo $?",
        "for i in $(seq 1 3) $(seq 2) $(seq 3 2) $(seq 0); do echo $i; done",

        // what a subshell says for its own end
        "(trap 'echo bye' EXIT; echo in); echo out",
        "trap 'echo last' EXIT; (echo in); echo out",
        "(trap 'echo bye' EXIT; exit 3); echo $?",
        "v=$(trap 'echo bye' EXIT; echo in); echo \"<$v>\"",
        "(trap 'echo bye' EXIT; trap - EXIT; echo in); echo out",
        "set -- 1 2 3 4 5 6 7 8 9 ten; echo ${10} $10",
        "v='a  b'; for i in $v \"$v\"; do echo \"<$i>\"; done",
        "v=; for i in $v; do echo never; done; for i in \"$v\"; do echo \"<$i>\"; done",
        "v=a; for i in x$v''y; do echo \"<$i>\"; done",
        "IFS=:; v=a:b; for i in $v; do echo \"<$i>\"; done",
        "IFS=:; v=a::b; for i in $v; do echo \"<$i>\"; done",
        "IFS=; v='a b'; for i in $v; do echo \"<$i>\"; done",
        "printf '%s\\n' \"a\\\"b\\$c\\\\d\" 'e\"f' g\\ h",
        "echo a'b'\"c\"d",
        "echo \"$(echo 'a b')\" $(echo 'c   d') `echo e`",
        "v=$(printf 'x\\n\\n'); echo \"<$v>\"",
        "echo \"$(echo \"$(echo in)\")\"",

        // patterns of case
        .. from pattern in (string[])["a*", "a?c", "[ab]bc", "[!a]bc", "[a-c]*", "*c", "abc|x", "x|abc", "'a*'", "\"abc\"", "a\\*", "*",
            "ab", "[!b-z]bc", "[]a]bc", "a[b]c"]
           select $"case abc in {pattern}) echo yes;; *) echo no;; esac",
        "case 'a*' in 'a*') echo yes;; esac",
        "case x in a) echo a;; esac; echo $?",
        "case b in a) echo a;; b) echo b;; b) echo again;; esac",
        "v='*'; case abc in $v) echo yes;; esac; case abc in \"$v\") echo no;; *) echo quoted;; esac",

        // lists, loops and functions
        "true && echo a || echo b", "false && echo a || echo b", "true || echo a && echo b", "false || echo a && echo b",
            "! true || echo a", "! false && echo a",
        "if false; then echo a; elif true; then echo b; else echo c; fi", "if false; then echo a; fi; echo $?",
            "if ! false; then echo a; fi",
        "for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "for i in 1 2 3; do [ $i = 2 ] && break; echo $i; done",
        "n=; while [ \"$n\" != xxx ]; do n=x$n; echo $n; done", "n=; until [ \"$n\" = xx ]; do n=x$n; done; echo $n",
        "for i in; do echo never; done; echo after", "i=0; for i in a; do :; done; echo $i",
        "f() { echo \"$1 $#\"; return 3; echo no; }; f a b; echo $?", "f() { v=in; }; v=out; f; echo $v",
            "f() { local v; v=in; }; v=out; f; echo $v",
        "f() { local v=in; echo $v; }; v=out; f; echo $v", "set -- x; f() { set -- y; echo $1; }; f; echo $1",
            "f() { return; }; false; f; echo $?",
        "(v=in; echo $v); v=out; (v=in); echo $v", "{ v=in; echo $v; }; echo $v", "(exit 3); echo $?", "(exit 3) || echo $?",
            "false; echo $?; echo $?",
        "v=$(false); echo $?", "v=a w=$(true); echo $? $v", "set -e; false || true; echo on", "set -e; if false; then :; fi; echo on",
            "set -e; ! true; echo on",
        "set -e; (false; echo no) || echo caught", "set -e; f() { false; echo went on; }; f || echo no", "set +e; false; echo on",
            "set -e; v=$(false); echo no",
        "set -e; false | true; echo on", "eval 'v=a; echo $v'", "v='echo b'; $v; eval $v", "v=w; eval \"$v=z\"; echo $w",
        "v=x; cat <<E\n$v \\$v \"$v\"\nE", "cat <<'E'\n$v \\$v\nE", "cat <<-E\n\ta\n\t\tb\n\tE",
            "cat <<A; cat <<B\na\nA\nb\nB",
        "echo a # b\necho c#d", "echo a \\\n b", "echo 'a\nb'", "v=a; v=${v}b; v=$v$v; echo $v", "export v=a; echo $v",
            "unset v; v=b; unset v; echo \"<$v>\"", "readonly r=a; echo $r",
        "echo a >&2 2>/dev/null | cat; echo b",
            

        // what is piped
        "echo a b c | { read x y; echo \"<$x><$y>\"; }", "echo '  a   b  ' | { read x; echo \"<$x>\"; }",
            "echo a | { read x y z; echo \"<$x><$y><$z>\"; }",
        "printf a | { read x; echo \"$? <$x>\"; }", "echo a:b:c | { IFS=: read x y; echo \"<$x><$y>\"; }",
        .. from fields in (string[])["1", "2", "2-", "-2", "2-3", "9",
            "3-9"] select $"printf 'a:b:c:d\\nplain\\n:\\n' | cut -d: -f{fields}",
        .. from columns in (string[])["1", "2-3", "-2", "3-", "9"] select $"printf 'abcd\\nx\\n\\n' | cut -c{columns}",
        "printf 'a\\tb\\n' | cut -f 2", "printf 'c\\na\\nb\\na\\n' | sort", "printf 'c\\na\\nb\\na\\n' | sort -u",
            "printf 'a\\nb\\nc\\n' | head -n 2", "printf 'a\\nb\\nc\\n' | head -1",
        "printf 'a\\nb\\nc' | tail -n 2", "printf 'a\\nb\\nc\\n' | tail -n1", "printf 'a\\nb' | wc -l", "printf 'a\\nb\\n' | wc -l",
            "echo a-b_a | tr a x", "echo a.b,c | tr ., '\\n_'", "echo aXbX | tr -d X",
        "printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n10\\n11\\n' | head", "printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n10\\n11\\n' | tail",
        .. from edit in (string[])["s/b/x/", "s/b/x/g", "s/\\(a\\)\\(b\\)/\\2\\1/", "s/b*/x/", "s|/|-|g", "s/[[:space:]]/_/g", "s/^a/^/",
            "s/c$/$/", "s/./&&/", "s/a\\+/x/", "s/a+/x/", "s/b\\?c/x/", "s/[^a]//g", "s/\\./x/", "s/x\\|a/y/g", "s/a\\{2\\}/z/",
            "s/*/s/", "s/\\//x/"]
           select $"printf 'abbc aab\\na+a.*/b\\n' | sed '{edit}'",
        // sed: addresses, ranges, groups, what is printed, where it ends, and the end that the last line has not
        .. from script in (string[])["s/b/x/p", "/b/p", "2p", "$p", "2,3p", "/b/,/d/p", "/b/,2p", "3,1p", "/a/!p", "2q", "/c/q", "2,$d",
            "/b/d;s/a/x/p",
            "/b/{s/b/x/;p}", "/b/{;s/b/x/;p;}", "s/a/x/2p", "s/a/x/2g", "s/A/x/I", "p;d", "$!d", "1!s/./y/", "/c/,$s/./z/g", "2{p;q}",
            "s/[a-c]/<&>/g;s/<a>/!/", "/x/p", "1,/a/d", "s/b/x/\n/x/p", "s,b,/,p", "/b/ p", "2, 3 p"]
           from option in (string[])["", "-n"] from end in (string[])["", "\\n"]
           select $"printf 'a a\\nab\\nc\\nd{end}' | sed {option} '{script}'; echo ' '$?",
        "printf 'a\\nb\\n' | sed -n -e '/a/p' -e 's/b/c/p'", "printf '' | sed -n 's/a/b/;t x;d;:x q'; echo $?",
        "printf 'x:1\\n y\\tz\\n\\n' | awk '{print $2}'", "printf 'a  b c\\n' | awk '{ print $3; }'",
            "printf '' | awk '/x/ {n=1; print n}'",
            "printf 'a b\\nc\\n' | awk '{print $0}'",
        "echo 'echo in; v=2' | sh; echo \"<$v>\"", "printf 'set -e\\nfalse\\necho no\\n' | sh; echo $?",
        "echo abab | sed -E 's/(a)(b)/\\2\\1/'", "echo abab | sed -e s/a/x/ -e s/x/y/", "echo aab | sed -r 's/a{2}/x/'",
            "echo 'a+' | sed -E 's/\\+/x/'",
        .. from pattern in (string[])["a", "^b", "c$", "a.c", "A", "x", "a*", "b\\|x", "[0-9]", ".", "^$",
            "\\."] select $"printf 'abc\\nb.1\\n\\n' | grep '{pattern}'; echo $?",
        "printf 'abc\\nABC\\n' | grep -i b", "printf 'a.c\\nabc\\n' | grep -F a.c", "printf 'abc\\nab\\n' | grep -x ab",
            "printf 'a\\nb\\n' | grep -v a", "printf 'a1\\nb\\n' | grep -E '^(a|c)[0-9]+$'",
        "printf 'a\\n' | grep -q a && echo yes; printf 'a\\n' | grep -q b || echo no",
        "printf '%s-%s\\n' a b c", "printf 'a%%b\\\\c\\td\\n'", "printf '%s\\n'", "printf '%d %i\\n' 5 6", "printf 'no end'", "echo",
            "echo -n a; echo b", "echo a  b", "printf '%s %s\\n' 'a b' c",
        "basename /a/b.c .c; basename /a/b/; dirname /a/b/c; dirname a; dirname /a",
        .. ShellJudgeSnippets.All,
    ];

    [SkippableFact]
    public void Follow_Snippet_WritesWhatTheShellWrites()
    {
        StringBuilder all = new("cd /\n");
        for (int i = 0; i < s_snippets.Length; i++)
        {
            all.Append(CultureInfo.InvariantCulture, $"(exec 2>/dev/null\n{s_snippets[i]}\n)\nprintf '\\001'\n");
        }
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["all.sh"], all.ToString());
        (int exitCode, string output) = Oracle.Run("dash", folder["all.sh"]);
        Assert.Equal(0, exitCode);
        string[] theirs = output.Split('\u0001');
        Assert.Equal(s_snippets.Length + 1, theirs.Length);
        List<string> differences = [];
        for (int i = 0; i < s_snippets.Length; i++)
        {
            Installation image = new();
            string[] lines = image.Run($"#!/bin/sh\n(\n{s_snippets[i]}\n) > /etc/x\ntrue\n");
            string expected = $"/etc/x 0644 0:0 {theirs[i]}".TrimEnd();
            string found = image.Problem ?? string.Join('|', lines);
            if (found != expected)
            {
                differences.Add($"{s_snippets[i]}\n  shell: {theirs[i]}\n  here:  {found}");
            }
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {s_snippets.Length}:\n{string.Join('\n', differences)}");
    }

    private static readonly string[] s_modes =
    [
        "644", "0755", "4755", "04755", "7777", "0", "00755", "u+x", "g+w", "o+r", "a+x", "u-w", "g-r", "o-x", "a-r", "u=rw", "g=rx",
            "o=", "a=r", "ug=rw", "go=", "ugo+x",
        "+x", "+w", "-w", "-x", "=rw", "+rwx", "u+s", "g+s", "u-s", "g-s", "+s", "o+s", "+t", "u+t", "o+t", "a+t", "-t", "u+X", "a+X",
            "g=X", "go-rwx,u+x", "u=rwx,g=rx,o=", "u+x,g+X", "a=,u+r",
        "u=s", "g=rxs", "o=t",
    ];

    // chmod(1) of GNU on a file and a folder, with several modes before and a usual and a narrow umask
    [SkippableFact]
    public void Chmod_ModeOfEveryForm_GivesWhatChmodGives()
    {
        (string Kind, string Before, string Mask, string Mode)[] cases =
        [
            .. from kind in (string[])["f", "d"] from before in (string[])["644", "755", "600", "6755", "1777",
                "666"] from mask in (string[])["022", "077"] from mode in s_modes
               select (kind, before, mask, mode),
        ];
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["f"], "");
        Directory.CreateDirectory(folder["d"]);
        IEnumerable<string> lines = cases.Select(c =>
            $"umask 022; chmod u=,g=,o=,-st {c.Kind}; chmod 0{c.Before.PadLeft(4, '0')} {c.Kind}; "
            + $"umask {c.Mask}; chmod {c.Mode} {c.Kind} 2>/dev/null; stat -c %a {c.Kind}");
        File.WriteAllLines(folder["all.sh"], lines.Prepend($"cd {folder.Path}"));
        (_, string output) = Oracle.Run("dash", folder["all.sh"]);
        string[] theirs = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(cases.Length, theirs.Length);
        List<string> differences = [];
        for (int i = 0; i < cases.Length; i++)
        {
            (string kind, string before, string mask, string mode) = cases[i];
            Installation image = new Installation().File("/etc/f").Folder("/etc/d", "p");
            image.Run(
                $"#!/bin/sh\numask 022\nchmod 0{before.PadLeft(4, '0')} /etc/{kind}\numask {mask}\nchmod {mode} /etc/{kind}\n"
                + $"umask 022\nstat -c %a /etc/{kind} > /etc/x\n");
            string found = image.Problem ?? TextOf(image);
            if (found != theirs[i])
            {
                differences.Add($"{kind} {before} umask {mask} chmod {mode}: {theirs[i]}, here {found}");
            }
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {cases.Length}:\n{string.Join('\n', differences)}");
    }

    private static string TextOf(Installation image)
    {
        FileNode file = (FileNode)image.Result.Files[GuestPath.Parse("/etc/x")]!.Node;
        return Encoding.UTF8.GetString(((InlineContent)file.Content).Bytes.Span).Trim();
    }
}
