using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Composition.Scripts;
using Strata.Testing;

namespace Strata.Composition.Tests.Scripts;

/// <summary>
/// The commands of this machine as judges of what scripts do to files: each line in a folder of its own, and what is there after it.
/// </summary>
public class FileJudgeTests
{
    private const string Before =
        "umask 022; mkdir d e; echo text > f; echo in > d/g; "
        + ": > o; : > .h; ln -s f l; ln -s d k; ln -s none n; chmod 600 f; chmod 6755 o; chmod 1750 e";

    private static readonly string[] s_lines =
    [
        "mkdir a", "mkdir d", "mkdir -p d", "mkdir -p a/b/c", "mkdir a/b", "mkdir f", "mkdir -p f", "mkdir -p f/a", "mkdir -m 700 a",
            "umask 077; mkdir -p a/b",
        "mkdir -p -m 700 a/b", "mkdir a d b", "mkdir -p k/x", "mkdir n", "umask 027; mkdir a", "mkdir -m u=rwx,go= a",
            "mkdir --parents a/b",
        "touch a b", "touch -c a", "touch f", "touch x/y b", "touch f/y", "touch n", "touch d", "umask 077; touch a",
        "rm f", "rm d", "rm -r d", "rm -f x", "rm x f", "rm l", "rm k", "rm -rf d e", "rm -r k", "rm -f d", "rm x; rm -f x",
            "rm --recursive d f",
        "rmdir a", "rmdir d", "rmdir --ignore-fail-on-non-empty d", "rmdir f", "rm d/g; rmdir d", "rmdir --ignore-fail-on-non-empty f",
            "mkdir a; rmdir d a", "rmdir k", "rmdir -p a",
        "ln -s f a", "ln -s f f", "ln -sf d/g l", "ln -sf f k", "ln -snf f k", "ln -s x/y d", "ln -s /x/y/ e", "ln -s d/g", "ln f a",
            "ln f l", "ln d a", "ln none a", "ln f x/a",
        "ln -s f x/a", "ln -sf f d", "ln -sr d/g e/h", "ln -sr f d/h", "ln -sr f a", "ln -s f d/g", "ln -sf f d/g", "ln -s x n",
            "ln -sfT f k", "ln -s f l", "ln -sf d f",
        "cp f a", "cp f d", "cp f d/g", "cp l a", "cp -a l a", "cp -P l a", "cp d a", "cp -r d a", "cp -r d e", "cp -a d e/x", "cp none a",
            "cp f x/y", "cp -p o a",
        "cp o a", "cp f l", "cp -r k a", "cp f f", "umask 077; cp o a", "cp -r d/. e", "cp -f f o", "cp -d l a", "cp -r d/. a",
            "mkdir a; cp -a d/. a; rm -r d", "cp f d/g; cp o d/g", "cp --remove-destination f o", "cp -L l a", "cp -rL k a", "cp -a k e",
            "cp -p f d/g", "cp /dev/null f", "cp /dev/null a",
        "mv f a", "mv f d", "mv f d/g", "mv none a", "mv l a", "mv -f f o", "mv k a", "mv f d/a", "mv f k", 
        "chmod 700 f d", "chmod 640 l", "chmod -R go-rwx d", "chmod a+x x", "chmod -x o", "chmod +X f d", "chmod u-s o", "chmod g-s o",
            "chmod 755 e", "chmod 00755 e", "chmod 600 x f",
        "install -d a/b", "install -d -m 700 a/b", "install f a", "install -m 644 f a", "install -m 4755 f d", "install -d d f",
            "install -m 600 -d d", "install none a", "install f o", "install f x/y",
        "install -m 640 l a", "install -D f x/y",
        "echo a > a", "echo a >> f", ": > f", "echo a > l", "echo a > n", "echo a >> a; echo b >> a", "echo a > a; cat < a > b", 
        "echo a > a 2>&1", "{ echo a; ls x; } > a 2> /dev/null", "echo a >| f", "umask 077; echo a > a", "> a", "echo a > 'b c'",
            "v=b; echo a > $v.c",
        "cd d && touch x", "cd none || touch x", "cd f || touch x", "cd k; touch x", "cd d; cd ..; touch x", "(cd d); touch x",
            "cd d/../e; touch x", "cd ./d/.; echo a > ../x",
        "sed -i s/t/x/ f", "sed -i s/t/x/g l", "sed -i /t/d f", "sed -i s/q/x/ f", "sed s/t/x/ f > a", "sed -i s/t/x/ none",
            "sed -i -e s/t/x/ -e s/x/y/ f d/g", "sed /x/d d/g > a",
        "find e -type d -delete", "find . -type f -exec rm {} +", "find d -name g -exec cp {} a \\;", "find . -maxdepth 1 -type l -delete",
            "find . -empty -type f -delete",
        "mv f a; echo b > f; cat a f > c", "rm -r d; mkdir d", "rm f; ln -s o f; chmod 700 f",
            "echo 'touch x; return 3; touch y' > s; . ./s",
        "echo 'v=a' > s; . ./s; touch $v", "mkdir -p a/b; touch a/b/c; cp -r a/b e; rm -r a", 
    ];

    private static readonly string[] s_questions =
    [
        .. from option in (string[])["-e", "-f", "-d", "-L", "-h", "-r", "-w", "-x", "-s", "-u", "-g"] from name in (string[])["f", "d",
            "l", "k", "n", "o", "e", "x", "d/g", "f/a", "."]
           select $"[ {option} {name} ] && echo yes || echo no",
        "[ -c /dev/null ] || echo no", "[ -e /dev/null ] && echo yes", "[ -p f ] || echo no",
        .. from test in (string[])["", "-type f", "-type d", "-type l", "-maxdepth 0", "-maxdepth 1", "-mindepth 1", "-mindepth 2",
            "-maxdepth 1 -mindepth 1", "-name 'f*'", "-name g", "! -name f",
            "-not -type d", "-path './d/*'", "-empty", "! -empty", "-type f -name o -print", "-name .h", "-name '*'", "-user root -name f",
                "-group nogroup", "-xdev -type l"]
           select $"find . {test} | sort",
        "find d f | sort", "find d/ | sort", "find ./d/ -name g", "find x; echo $?", "find d x; echo $?", "find k", "find k/ | sort",
            "find . -name g -exec echo {} \\;", "find . -name g -exec false \\; -print",
        "find . -name '[fo]' -exec echo {} + | tr ' ' '\\n' | sort", 
        "ls d", "ls f", "ls x; echo $?", "ls k", "ls l", "ls e; echo $?", "ls -A d",
        "echo *", "echo d/*", "echo [fl]", "echo x*", "echo ?", "echo '*' \"*\" \\*", "echo .[!.]*", "for i in *; do echo \"$i\"; done",
            "v='*'; echo $v \"$v\"", "echo k/*", "echo [!f]", "echo [d-f]",
        "echo f* x*", "echo ./f*", "for i in x*; do echo $i; done", "case f in *) echo yes;; esac",
        "readlink l; echo $?", "readlink f; echo $?", "readlink x; echo $?", "cat $(readlink -f l)", "basename $(readlink -f k/g)",
            "basename $(readlink -f n); echo $?",
        "readlink -e n; echo $?", "basename $(realpath l)", "readlink -f x/y || echo no",
        "cat f d/g", "cat x; echo $?", "cat - < f", "echo a | cat f -", "cat l", "cat f x f; echo $?", "cat < f", "cat o; echo $?",
        "grep t f; echo $?", "grep -q t f; echo $?", "grep x f; echo $?", "grep t x; echo $?", "grep -q t x; echo $?",
            "grep -s t x; echo $?", "grep -h . f d/g", "grep . f d/g", 
        "sed s/t/x/ f", "wc -l < f", 
        "stat -c '%a %U:%G' f", "stat -L -c %a l",
        "read v < f; echo \"<$v>\"", "while read v; do echo \"<$v>\"; done < f", "v=$(cat f d/g); echo \"$v\"", "v=$(cat x) || echo no",
            "cat <<E > a\nb\nE\ncat a", "test -e f -a ! -e x && echo yes",
        "f() { cat; }; f < f", "{ cat; } < d/g", "if [ -f f ]; then cat f; fi", "cat f | { read v; echo $v; }",
            "[ \"$(cat f)\" = text ] && echo yes", "[ -s f ] && [ ! -s o ] && echo yes",
    ];

    [SkippableFact]
    public void Follow_Line_LeavesTheFilesThatTheCommandsLeave() =>
        Judge([.. s_lines.Select(l => $"{{ {l}\n}} 2>/dev/null; echo $? > status")], isAnswered: false);

    [SkippableFact]
    public void Follow_Question_IsAnsweredAsTheCommandsDo() => Judge([.. s_questions.Select(q => $"{{ {q}\n}} > ../answer 2>/dev/null")],
        isAnswered: true);

    private static void Judge(string[] lines, bool isAnswered)
    {
        using TemporaryFolder folder = new();
        StringBuilder all = new("LC_ALL=C; export LC_ALL\n");
        for (int i = 0; i < lines.Length; i++)
        {
            all.Append(CultureInfo.InvariantCulture, $"mkdir -p {folder.Path}/{i}/w; (cd {folder.Path}/{i}/w\n{Before}\n({lines[i]}\n))\n");
        }
        File.WriteAllText(folder["all.sh"], all.ToString());
        _ = Oracle.Run("dash", folder["all.sh"]);
        List<string> differences = [];
        for (int i = 0; i < lines.Length; i++)
        {
            Installation image = new Installation().Folder("/etc/w", "p");
            image.Run($"#!/bin/sh\ncd /etc/w\n{Before}\n({lines[i]}\n)\ntrue\n");
            string theirs = isAnswered ? File.ReadAllText(folder[$"{i}/answer"]) : Listing(folder[$"{i}/w"]);
            string found = image.Problem ?? (isAnswered ? Answer(image) : Listing(image));
            if (found != theirs)
            {
                string[] ours = found.Split('\n');
                string[] other = theirs.Split('\n');
                differences.Add($"{lines[i]}\n  there: {string.Join(" | ", other.Except(ours))}\n"
                    + $"  here: {string.Join(" | ", ours.Except(other))}");
            }
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {lines.Length}:\n{string.Join('\n', differences)}");
    }

    private static string Answer(Installation image) => Text((FileNode)image.Result.Files[GuestPath.Parse("/etc/answer")]!.Node);

    private static string Text(FileNode file) => Encoding.UTF8.GetString(((InlineContent)file.Content).Bytes.Span);

    private static string Listing(string folder)
    {
        List<string> names = [];
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { AttributesToSkip = 0,
            RecurseSubdirectories = true })
            
            .Where(p => new DirectoryInfo(Path.GetDirectoryName(p)!).LinkTarget is null)) // not through a link
        {
            FileInfo info = new(path);
            string name = Path.GetRelativePath(folder, path);
            string mode = Convert.ToString((int)info.UnixFileMode, 8);
            names.Add(info.LinkTarget is string target ? $"{name} -> {target}"
                : Directory.Exists(path) ? $"{name}/ {mode}" : $"{name} {mode} {File.ReadAllText(path).TrimEnd()}");
        }
        return string.Join('\n', names.Order(StringComparer.Ordinal));
    }

    private static string Listing(Installation image)
    {
        List<string> names = [];
        foreach ((GuestPath path, ScriptedFile? file) in image.Result.Files.Where(f => f.Key.IsAtOrBelow(GuestPath.Parse("/etc/w"))
            && f.Key.Name != "w"))
        {
            string name = path.ToString()["/etc/w/".Length..];
            string mode = Convert.ToString(file?.Node.Permissions ?? 0, 8);
            if (file is not null)
            {
                names.Add(file.Node switch
                {
                    SymlinkNode link => $"{name} -> {link.Target}",
                    DirectoryNode => $"{name}/ {mode}",
                    _ => $"{name} {mode} {Text((FileNode)file.Node).TrimEnd()}",
                });
            }
        }
        return string.Join('\n', names.Order(StringComparer.Ordinal));
    }
}
