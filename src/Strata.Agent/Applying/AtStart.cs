using System.Globalization;
using Strata.Agent.Machines;
using Strata.Device.Posix;

namespace Strata.Agent.Applying;

/// <summary>Commands that an owner wants at each start, before the services: what cloud-init calls <c>bootcmd</c>.</summary>
internal static class AtStart
{
    /// <summary>Runs them, one after the other; one that fails is told, and the next is run.</summary>
    public static void Run(MachineFolder machine, ILiveMachine live, bool isStart)
    {
        foreach (string name in isStart ? machine.Names(Places.AtStart) : [])
        {
            string path = $"{Places.AtStart}/{name}";
            if (name[0] == '.' || machine.TryGet(path) is not { IsDirectory: false })
            {
                continue;
            }
            try
            {
                int code = live.Run(path);
                if (code != 0)
                {
                    live.Tell(string.Create(CultureInfo.InvariantCulture, $"{path} ended with {code}"));
                }
            }
            catch (PosixException e)
            {
                live.Tell($"cannot run {path}: {e.Message}");
            }
        }
    }
}
