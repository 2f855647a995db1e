using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Packing;

namespace Strata.Images.Tests.Building;

public class ContainerRulesTests
{
    [Theory]
    [InlineData("app")]
    [InlineData("app:web")]
    [InlineData("65532")]
    [InlineData("65532:65532")]
    [InlineData("app:0")]
    [InlineData("0:web")]
    [InlineData("2147483647")]
    [InlineData(null)]
    public void Check_UserThatEnginesFind_IsTaken(string? user) => Check(new ContainerSettings { User = user });

    [Theory]
    [InlineData("appuser", "no capability declares the user 'appuser'")]
    [InlineData("root", "no capability declares the user 'root'")]
    [InlineData("app:webs", "no capability declares the group 'webs' (did you mean 'web'?)")]
    [InlineData("65532:app2", "no capability declares the group 'app2'")]
    [InlineData("", "no capability declares the user ''")]
    [InlineData(":web", "no capability declares the user ''")]
    [InlineData("app:", "no capability declares the group ''")]
    [InlineData("app:web:x", "has 3 parts")]
    [InlineData("-1", "no capability declares the user '-1'")]
    [InlineData("2147483648", "user 2147483648 is no number of 0..2147483647")]
    [InlineData("app:99999999999999999999", "is no number of 0..2147483647")]
    [InlineData("x", "no capability declares the user 'x'")] // a field of passwd, but no name
    public void Check_UserThatNoEngineFinds_IsRefused(string user, string problem) =>
        Assert.Contains(problem, Refused(new ContainerSettings { User = user }), StringComparison.Ordinal);

    [Theory]
    [InlineData("/")]
    [InlineData("/srv/app")]
    [InlineData("/app")] // a link to /srv/app
    public void Check_FolderThatIsThere_IsTaken(string folder) => Check(new ContainerSettings { WorkingDirectory = folder });

    [Theory]
    [InlineData("/srv/other", "working-directory /srv/other is not in the image")]
    [InlineData("/etc/passwd", "working-directory /etc/passwd is no folder")]
    [InlineData("/gone", "working-directory /gone is not in the image")]
    public void Check_FolderThatIsNotThere_IsRefused(string folder, string problem) =>
        Assert.Contains(problem, Refused(new ContainerSettings { WorkingDirectory = folder }), StringComparison.Ordinal);

    private static string Refused(ContainerSettings settings) => Assert.Throws<StrataException>(() => Check(settings)).Message;

    private static void Check(ContainerSettings settings)
    {
        Origin origin = new("test", null, "test");
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/srv/app"), new DirectoryNode { Permissions = Modes.Folder }, origin);
        tree.Add(GuestPath.Parse("/app"), new SymlinkNode { Permissions = Modes.Link, Target = "srv/app" }, origin);
        tree.Add(GuestPath.Parse("/gone"), new SymlinkNode { Permissions = Modes.Link, Target = "nowhere" }, origin);
        Add("/etc/passwd", "app:x:100:100::/:/bin/sh\n");
        Add("/etc/group", "app:x:100:\nweb:x:101:app\n");
        ContainerRules.Check(settings, tree, () => new InlineReader());

        void Add(string path, string text) =>
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(text) }, origin);
    }

    private sealed class InlineReader : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray());

        public void Dispose()
        {
        }
    }
}
