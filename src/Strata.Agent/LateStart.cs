using Strata.Agent.Applying;
using Strata.Agent.Machines;
using Strata.Agent.Seeds;
using Strata.Yaml;

namespace Strata.Agent;

/// <summary>
/// The part of a first start that needs a network: nobody waits for it, and it is for a machine that nothing else gave an owner.
/// </summary>
internal static class LateStart
{
    /// <summary>Fetches the seed that the kernel command line names, and makes the machine what it says.</summary>
    public static void Run(MachineFolder machine, ILiveMachine live)
    {
        AddressedSeed seed = new(machine, live);
        if (!seed.IsAsked || Journal.Read(machine, new FaultList()) is not null)
        {
            return;
        }
        EarlyReaders early = new(machine, live);
        new FirstStart(machine, live).Run(_ => seed, asksFirmware: false);
        early.TellOfChanges();
        if (Journal.Read(machine, new FaultList()) is Journal learnt)
        {
            List<string> words = [];
            foreach ((YamlScalar key, YamlValue _) in learnt.Words.Items)
            {
                words.Add(key.Text);
            }
            early.TellOfLateWords(words);
        }
    }
}
