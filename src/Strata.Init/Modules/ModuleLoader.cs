using Strata.Device.Posix;

namespace Strata.Init.Modules;

/// <summary>Loads kernel modules.</summary>
internal static class ModuleLoader
{
    /// <summary>Loads them in order and returns what did not work, a sentence each.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="isTold">Whether drivers are named that found no hardware: that is their normal end on most machines.</param>
    public static IReadOnlyList<string> Load(IEnumerable<ModuleFile> modules, bool isTold)
    {
        List<string> problems = [];
        foreach (ModuleFile module in modules)
        {
            int error = KernelModule.Load(module.Path, module.Parameters, module.IsCompressed);
            if (error != 0 && error != PosixError.Exists && (error != PosixError.NoSuchDevice || isTold))
            {
                problems.Add($"cannot load the kernel module {module.Name} from {module.Path}: {PosixError.Describe(error)}");
            }
        }
        return problems;
    }
}
