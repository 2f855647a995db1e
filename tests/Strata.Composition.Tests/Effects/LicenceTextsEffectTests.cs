using Strata.Composition.Effects;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.Effects;

public class LicenceTextsEffectTests
{
    private const string Target = "/usr/share/licences/packages";

    private const string Formatted = """
        Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

        Files: *
        Copyright: 2001 Somebody with a name that makes the line long
                   2002 Another
        License: GPL-2+
         On Debian systems, the full text of the license is in the
         file /usr/share/common-licenses/GPL-2.
         .
         It is without any warranty.
        """;

    [Fact]
    public async Task Apply_PackagesWithFiles_HaveTheirTextsAndThoseTheyReferTo()
    {
        using Workbench bench = new Workbench()
            .Package(new DebBuilder("tool").File("/usr/bin/tool", "x").File("/usr/share/doc/tool/copyright", Formatted))
            .Package(new DebBuilder("same").File("/usr/bin/same", "x").File("/usr/share/doc/same/copyright", Formatted))
            .Package(new DebBuilder("linked").File("/usr/bin/linked", "x").Link("/usr/share/doc/linked", "plain"))
            .Package(new DebBuilder("plain").File("/usr/share/plain", "z")
                .File("/usr/share/doc/plain/copyright", "Do as\r\nyou like. \n\n\n  Really.  /usr/share/common-licenses/LGPL-3"))
            .Package(new DebBuilder("none", "1-2").Field("Source", "nothing (1)").File("/usr/share/none", "z"))
            .Package(new DebBuilder("tool-udeb").Field("Source", "tool").File("/usr/bin/small", "z")
                .File("/usr/share/doc/tool-udeb/copyright", ""))
            .Package(new DebBuilder("unused").File("/usr/share/unused", "u")
                .File("/usr/share/doc/unused/copyright", "See /usr/share/common-licenses/MPL-2.0"))
            .Package(new DebBuilder("base-files").File("/usr/share/common-licenses/GPL-2", "Version 2,\nJune 1991\n")
                .File("/usr/share/common-licenses/MPL-2.0", "not asked for"));
        bench.Capability("one", "packages: {tool: {files: [/usr/bin/*]}, same: {files: [/usr/bin/*]}, linked: {files: [/usr/bin/*]}, "
            + "plain: {files: [/usr/share/plain]}, none: {}, tool-udeb: {}}");
        FileTree tree = await bench.ApplyAsync(new LicenceTextsEffect(), "one");
        Assert.Equal(
            """
            == linked, plain
            Do as
            you like.
            Really. /usr/share/common-licenses/LGPL-3
            == same, tool, tool-udeb
            Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
            Files: *
            Copyright: 2001 Somebody with a name that makes the line long 2002 Another
            License: GPL-2+
            On Debian systems, the full text of the license is in the file /usr/share/common-licenses/GPL-2.
            It is without any warranty.
            == /usr/share/common-licenses/GPL-2
            Version 2,
            June 1991
            == without a copyright file
            Debian's source packages have it: none 1-2 (source nothing)
            == /usr/share/common-licenses/
            Not in this image, but in each of Debian's: LGPL-3

            """,
            bench.Text(tree, Target));
    }

    [Fact]
    public async Task Apply_NoCopyrightFileAtAll_SaysSo()
    {
        using Workbench bench = new Workbench().Package(new DebBuilder("none").File("/usr/share/none", "z"));
        bench.Capability("one", "packages: {none: {}}");
        Assert.Equal(
            "== without a copyright file\nDebian's source packages have it: none 1.0 (source none)\n",
            bench.Text(await bench.ApplyAsync(new LicenceTextsEffect(), "one"), Target));
    }
}
