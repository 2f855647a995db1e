using Strata.Blueprints;
using Strata.Composition.InitSystems;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Writes what the edition's init reads to start the services that capabilities declare, and makes that init process 1.</summary>
/// <remarks>That an edition with services has an init is seen when its blueprint is read (<see cref="Claims"/>).</remarks>
internal sealed class ServicesEffect : IEffect
{
    private const int AnyExecute = 0x49; // 0111

    /// <inheritdoc/>
    public string Name => "services";

    /// <inheritdoc/>
    public string Description => "the init that a capability provides as process 1, and what it reads about the declared services";

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
        if (ServicePlan.Of(context.Blueprint) is not ServicePlan plan)
        {
            return;
        }
        IInitSystem init = InitSystemCatalog.Of(plan.Provider.InitSystem!.Kind);
        CheckPrograms(context.Tree, plan, init);
        foreach (InitFile file in init.FilesFor(plan))
        {
            TreeNode node = file.Target is string target ? new SymlinkNode { Permissions = file.Mode, Target = target }
                : new FileNode { Permissions = file.Mode, Content = InlineContent.FromText(file.Text) };
            if (context.Tree.TryGet(file.Path, out TreeEntry there) && there.Origin.Package is string package)
            {
                throw new StrataException(
                    $"cannot write {file.Path} for a service of capability '{file.Capability}': "
                    + $"package '{package}' has that file, and it would be lost",
                    "Give the service another name, or use what the package brings ('units:' enables, changes and masks its units).");
            }
            context.Put(this, file.Path, node, file.Capability);
        }
        context.Put(this, GuestPath.Parse("/init"), new SymlinkNode { Permissions = Modes.Link, Target = init.Program.Relative },
            plan.Provider.Name);
    }

    private static void CheckPrograms(FileTree tree, ServicePlan plan, IInitSystem init)
    {
        List<string> problems = [];
        if (ProblemOf(tree, init.Program) is string missing)
        {
            problems.Add($"the init that capability '{plan.Provider.Name}' provides: {missing}");
        }
        foreach (DeclaredService declared in plan.Services)
        {
            if (GuestPath.TryParse(declared.Service.Command[0], out GuestPath program, out _) && ProblemOf(tree, program) is string problem)
            {
                problems.Add($"{declared.Service.PlaceText}: {declared}: {problem}");
            }
        }
        if (problems.Count > 0)
        {
            throw new StrataException(
                $"cannot start what is not there:\n  {string.Join("\n  ", problems)}",
                "Take the program from a package ('packages:') or bring it as a file of the capability ('files:' with mode \"0755\").");
        }
    }

    private static string? ProblemOf(FileTree tree, GuestPath program)
    {
        if (!tree.TryResolve(program, out TreeEntry found))
        {
            IEnumerable<TreeEntry> programs = tree.Entries.Where(e => e.Node is SymlinkNode || IsProgram(e.Node));
            return $"{program} is not in the image{NearMiss.Suggestion(program.ToString(), programs.Select(e => e.Path.ToString()))}";
        }
        return IsProgram(found.Node) ? null : $"{program} is no file that may be executed";
    }

    private static bool IsProgram(TreeNode node) => node is FileNode && (node.Permissions & AnyExecute) != 0;
}
