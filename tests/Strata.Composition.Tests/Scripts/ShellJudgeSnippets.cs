namespace Strata.Composition.Tests.Scripts;

/// <summary>More for <see cref="ShellJudgeTests"/>: where words, quotes and comments end, and the last value each command takes.</summary>
internal static class ShellJudgeSnippets
{
    public static readonly string[] All =
    [
        // a comment begins where a word could; what is in it is no quote
        "true;# '\necho a", "true &# '\nwait; echo a", "(# '\necho a)# '\necho b", "echo a |# '\ncat", "true\t# '\necho a", "# '\necho a",
        "echo a#b'#c'd#", "case a in a) echo b;;# '\nesac", "echo a \\\n# '\necho b",

        // words of the language end at everything that ends a word, and are words only at the beginning
        "if true;then echo a;fi;echo b", "if(true)then echo a;fi", "{ echo a;};echo b", "while false;do :;done;echo a",
            "if true\nthen\techo a\nfi|cat",
        "for i in a;do echo $i;done|cat", "case a in a)echo a;esac;echo b", "case a in (a)echo a;;esac>&1", "if true;then echo a;fi&\nwait",
        "iffy() { echo a; }; iffy", "done=1; fi=2; esac=3; echo $done $fi $esac", "echo if then fi done", "f \t() { echo a; }; f",
            "f()\n{ echo a; }\nf",
        "_a1=b; echo $_a1", "a=b=c; echo $a", "a='x y' b=$a; echo \"$b\"",

        // quotes
        "set -- '' \"\"; echo $#", "printf '%s\\n' a\\\nb \"c\\\nd\"", "printf '%s\\n' \"\\a\\$\\`\\\"\\\\\\b\"",
            "printf '%s\\n' \"a'b\" 'c\"d'",
        "printf '%s\\n' `printf 'a\\\\\\\\b'`", "v=x; printf '%s\\n' `echo \\$v '\\$v'`", "printf '%s\\n' \"`echo \\\"a b\\\"`\"",
            "echo $ a$ \"$\"",
        "cat <<E\n\"a\" 'b' \\$c \\`d\\` \\\\ \\\"e \\\nf\nE", "v=x; cat <<\\E\n$v\nE", "v=x; cat <<\"E\"\n$v\nE", "cat <<E|tr a b\na\nE",
        "cat <<E\n$(echo a)\n`echo b`\n${v:-c}\nE", "cat <<E\nE\necho a", "cat <<-E\n\t\ta\n\t b\n\tE\necho c", "cat <<E; echo b\na\nE",
        "echo $(echo ')' \")\" \\) )", "echo \"$(echo \"$(echo ')')\")\"", "echo $( (echo a) )", "echo $(case a in (a) echo b;; esac)",
        "echo $(echo \"a\\\")\")", "v=a; echo \"${v}b\" ${v}_ $v.", "false; echo ${?}; set -- a b; echo ${#} ${1}${2}",

        // the word of ${…}
        "for i in ${v:-a b} \"${v:-a b}\"; do echo \"<$i>\"; done", "for i in ${v:-\"a b\" c}; do echo \"<$i>\"; done",
            "echo ${v:-\\}} ${v:-'}'}",
        "v=x; for i in ${v:+\"a b\" c} ${v:+d} ${w:+e}; do echo \"<$i>\"; done", "v=; for i in ${v:+a} ${v+b c}; do echo \"<$i>\"; done",
        "echo ${v=a b} \"$v\"", "v=; echo ${v:=a b}; echo $v", "(echo ${v:?}; echo never); echo on", "v=x; echo ${v:?no} ${v?no}",
        "v=; echo \"<${v?no}>\"", "v=a.b; echo \"${v%\".b\"}\" \"${v%'.b'}\" ${v%\".\"*}",
            "v=abc; w='*'; echo \"${v#$w}\" \"${v##$w}\" \"${v#\"$w\"}\"",
        "v=aaa; echo ${v#a} ${v##a} ${v%a} ${v%%a*}", "echo ${v:-${w:-a}}b", "echo ${v-(;|&<>)}",

        // fields
        "set -- 'a b' c; for i in \"x$@y\"; do echo \"<$i>\"; done", "set -- 'a b' c; for i in x$@y; do echo \"<$i>\"; done",
        "set -- 'a b' c; for i in \"x$*y\" x$*y; do echo \"<$i>\"; done", "set --; for i in x\"$@\" \"\"; do echo \"<$i>\"; done",
        "set -- ''; for i in \"$@\" $@; do echo \"<$i>\"; done", "set --; for i in $@ \"$*\"; do echo \"<$i>\"; done",
        "v=' a b '; for i in x${v}y; do echo \"<$i>\"; done", "v='a\tb\nc'; for i in $v; do echo \"<$i>\"; done",
        .. from separators in (string[])[":", ": ", " :"] from text in (string[])["a : b:c", ":a", "a:", "a: :b", " a", "::", "a b"]
           select $"IFS='{separators}'; v='{text}'; for i in $v; do echo \"<$i>\"; done",
        "set -- a b; IFS=-; echo \"$*\"", "set -- a b; IFS=; echo \"$*\"", "IFS=:; set -- a:b; for i in \"$@\" $*; do echo \"<$i>\"; done",

        // test(1) with words that look like its own
        "[ ! ] && echo yes || echo no", "[ -n ] && echo yes || echo no", "[ -n = -n ] && echo yes || echo no",
            "[ '(' ] && echo yes || echo no",
        "[ ! -z '' ] && echo yes || echo no", "[ ! ! a ] && echo yes || echo no", "[ '(' '' ')' ] && echo yes || echo no",
            "[ -a ] && echo yes",
        "[ a = b -o c = c ] && echo yes || echo no", "[ a = a -a c = d ] && echo yes || echo no", "[ '' -o '' ] && echo yes || echo no",
        "[ -z '' -a -n a ] && echo yes || echo no", "[ +5 -eq 5 ] && echo yes || echo no", "[ 05 -eq 5 ] && echo yes || echo no",
            "[ 5 = 05 ] || echo no",

        // built-in commands
        "(exit); echo $?", "false; (exit); echo $?", "(exit 0); echo $?", "(exit 255); echo $?", "f() { return 0; echo no; }; f; echo $?",
        "set a -b; echo $1 $2 $#", "set -e -- a; echo $1; false; echo no", "set -o errexit; false; echo no",
            "set -e; set +o errexit; false; echo on",
        "set -eu; false; echo no", "set -e; set +e; false; echo on", "set -- -e; false; echo on $1", "set -e; set -u; false; echo no",
        "trap 'echo a' 0; echo b", "trap 'echo a' INT EXIT; echo b", "trap 'echo a' INT; echo b", "trap '' EXIT; echo b",
            "trap 'echo $?' EXIT; (exit 3)",
        "f() { local a b=c; a=1; echo $a$b; }; a=x; b=y; f; echo $a$b",
            "f() { local v=; v=in; g; }; g() { echo $v; v=g; }; v=out; f; echo $v",
        "v=a; export v; echo $v", "export v=a w='b c'; echo $v $w", "v=a; unset v w; echo \"<${v-none}>\"",
        "set -- a b c; shift 0; echo $#; shift 1; echo $#; shift 2; echo $#", "set -- a b c; shift 3; echo $#",
        "umask 77; umask; umask 0027; umask; umask 0; umask", "printf '%s' a b; echo", "printf 'x\\n' a b", "printf '%s %s|' a b c; echo",
            "printf '%s%%%s\\n' a b",
        "printf '%d\\n' 5 -6", "printf '%b\\n' 'a\\tb'", "printf '\\t|\\\\|%%|\\n'", "command -v nosuchthing || echo no", "command echo a",
            "eval", "eval echo a \\; echo b",
        "for i in a b c; do for j in 1 2; do [ $j = 2 ] && break; echo $i$j; done; done",
            "for i in a b; do continue; echo no; done; echo $i",
        "while :; do echo a; break; done; echo b", "f() { for i in a b; do return 4; done; }; f; echo $?", "v=a; v=b true; echo $v",
            "v=a; v=b eval 'echo $v'",
        "true | false; echo $?", "false | true; echo $?", "! false | true; echo $?", "true; ! true; echo $?",
            "{ echo a; false; } && echo b || echo c",
        "false && echo a; echo $?", "true && false || echo c; echo $?", "if false; then :; else false; fi; echo $?",
            "while false; do :; done; echo $?",

        // what is piped
        "printf 'a  b   c \\n' | { read x y; echo \"<$x><$y>\"; }", "printf ':a:b\\n' | { IFS=: read x y; echo \"<$x><$y>\"; }",
        "printf 'a:b:c\\n' | { IFS=: read x; echo \"<$x>\"; }", "printf '\\n' | { read x; echo \"$? <$x>\"; }",
            "printf 'a b\\n' | { read -r x y z; echo \"<$z>\"; }",
        "printf 'a b\\nc\\n' | xargs echo x", "printf '' | xargs -r echo no", "printf 'a' | xargs -t echo 2>&1 | tail -n 1",
        .. from names in (string[])["/", "//", "/a", "/a/", "a/b", "a", "a/", "/a/b/", ".",
            "../a"] select $"dirname {names}; basename {names}",
        "basename a.b .b; basename .b .b; basename a.b x; basename /a/b.c/ .c",
        .. from edit in (string[])["/b/d", "/^a/d", "/x/d", "s/a/\\n/", "s/a/\\t/", "s/a/\\&/", "s/\\(a*\\)b/[\\1\\0]/", "s,a,b\\,c,",
            "s/\\t/x/", "s/a\\nb/x/", "s/$/x/",
            "s/^/x/g", "s/x*/-/g", "s/[]]/x/", "s/[^]a]/x/", "s/(a)/x/", "s/a{2}/x/", "s/a|b/x/", "s/^*/x/", "s/.$//"]
           select $"printf 'aab\\nb]a/(a)\\n' | sed '{edit}'",
        "printf 'a' | sed s/a/b/; echo", "printf '' | sed s/a/b/", "printf 'a\\nb' | sed /b/d", "printf 'a\\n' | sed -e /a/d -e s/a/b/",
        "echo ab | sed -E 's/(a)|(b)/<\\1\\2>/g'", "echo 'a|b' | sed -E 's/a|b/x/g'",
        .. from pattern in (string[])["a\\|c", "^", "[[:digit:]]", "a\\{2\\}", "(a)", "\\(a\\)", "*", "a\\+",
            "b$"] select $"printf 'ab\\n(a)\\n1*aa\\n' | grep '{pattern}'; echo $?",
        "printf 'a\\nb\\n' | grep -E 'a|b'", "printf 'a\\nb\\n' | egrep 'b?c?$'", "printf 'a|b\\nab\\n' | grep -F 'a|b'",
            "printf 'a*\\naa\\n' | fgrep 'a*'",
        "printf 'ab\\nb\\n' | grep -x -v b", "printf 'A\\na\\n' | grep -v -i a; echo $?", "printf 'a\\nb\\n' | grep -e b",
            "printf '' | grep ''; echo $?",
        "printf '\\n' | grep ''; echo $?", "printf 'a\\nb' | grep b", "printf 'ab\\nabc\\n' | grep -x -E 'a|ab'",
        "printf 'a\\n' | grep -q -v a; echo $?",
        .. from count in (string[])["1", "2", "3", "9"] from filter in (string[])["head",
            "tail"] select $"printf 'a\\nb\\nc' | {filter} -n {count}; echo",
        "printf '' | wc -l", "printf 'b\\nB\\na\\nA\\n' | LC_ALL=C sort", "printf '10\\n9\\n' | sort", "printf 'b' | sort",
        "echo a:b | cut -d : -f 1", "echo a::c | cut -d: -f2", "echo abc | cut -c 1-", "echo aabbcc | tr abc xyz", "echo abc | tr -d ab",
        "echo 'a b' | tr ' ' '\\n'", "echo a | tac",
    ];
}
