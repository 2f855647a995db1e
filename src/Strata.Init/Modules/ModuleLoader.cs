using System.Runtime.InteropServices;
using System.Text;
using Strata.Init.Posix;

namespace Strata.Init.Modules;

/// <summary>Loads kernel modules.</summary>
internal static unsafe class ModuleLoader
{
    private const nint LoadFile = 313; // finit_module of x86-64
    private const nint LoadFileArm64 = 273;
    private const int Compressed = 4; // MODULE_INIT_COMPRESSED_FILE

    /// <summary>Loads them in order and returns what did not work, a sentence each.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="isTold">Whether drivers are named that found no hardware: that is their normal end on most machines.</param>
    public static IReadOnlyList<string> Load(IEnumerable<ModuleFile> modules, bool isTold)
    {
        List<string> problems = [];
        foreach (ModuleFile module in modules)
        {
            int error = Load(module);
            if (error != 0 && error != Libc.Exists && (error != Libc.NoSuchDevice || isTold))
            {
                problems.Add($"cannot load the kernel module {module.Name} from {module.Path}: {Libc.Describe(error)}");
            }
        }
        return problems;
    }

    private static int Load(ModuleFile module)
    {
        try
        {
            using OpenFile file = OpenFile.Open(module.Path);
            nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? LoadFileArm64 : LoadFile;
            byte[] parameters = [.. Encoding.UTF8.GetBytes(module.Parameters), 0];
            fixed (byte* text = parameters)
            {
                return Libc.SystemCall(call, file.Number, (nint)text, module.IsCompressed ? Compressed : 0, 0, 0) < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
        }
        catch (PosixException e)
        {
            return e.Error;
        }
    }
}
