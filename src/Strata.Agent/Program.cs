using Strata.Agent;
using Strata.Agent.Applying;
using Strata.Agent.Machines;
using Strata.Agent.Seeds;
using Strata.Agent.Trials;
using Strata.Agent.Updating;
using Strata.Device.Posix;

const string Usage = """
    strata-agent: what a machine does for its owner

      strata-agent first-start   learns at the first start whose machine this is (a boot
                                 partition's strata/machine.yaml, a volume CIDATA,
                                 credentials), and makes it so at each start
      strata-agent fetch         when nothing of that said it: learns it from the address
                                 after strata.seed= on the kernel command line
      strata-agent apply         does what /etc/strata.d/*.yaml says now

      strata-agent status        what runs, where updates come from, what is kept;
                                 1 while a release is on trial
      strata-agent update        brings the newest published release and puts it on trial
        --plan                   only says what that fetches, to the byte
        --from FOLDER            from a stick, or another address
        --to NUMBER              to this release
        --again                  also to one that did not prove good here
      strata-agent releases      releases that are kept
      strata-agent verify        compares every stored byte with its digest
        --repair                 fetches again what is damaged
        --json                   these four for programs
      They end with 0: nothing to do; 1: a release waits for a start, is to be fetched, or
      something is damaged; 2: not understood; 3: failed, and the machine starts as before.

      strata-agent health        looks whether all is well that has to be; 0 when it is
      strata-agent history       which releases are there, and what became of them
      strata-agent rollback [VERSION]
                                 goes back to the last release that had proven good, or
                                 to that one, at the next start
      strata-agent trial         for the init: says of a release on trial that it is good
                                 when all is well, and else restarts

    See docs/machines.md, docs/updates.md.

    """;

if (UpdateCommands.Knows(args))
{
    return UpdateCommands.Run(args);
}
if (TrialCommands.Knows(args))
{
    return TrialCommands.Run(args, (machine, live) => new FirstStart(machine, live).Run(null));
}
if (args is not ["first-start" or "fetch" or "apply"])
{
    bool isAsked = args is ["--help" or "-h"];
    using OpenFile stream = OpenFile.Standard(isAsked ? 1 : 2);
    stream.Write(System.Text.Encoding.UTF8.GetBytes(Usage));
    return isAsked ? 0 : 2;
}
// whatever happens, the machine goes on starting
using LiveMachine live = new();
try
{
    MachineFolder machine = new("/", givesAway: true);
    bool isStart = args[0] == "first-start";
    if (args[0] == "fetch")
    {
        LateStart.Run(machine, live);
        return 0;
    }
    EarlyReaders early = new(machine, live);
    if (isStart)
    {
        early.WaitForDisks();
    }
    DiskVolumes? volumes = null;
    new FirstStart(machine, live).Run(!isStart ? null : faults => new SeedVolumes((volumes = new DiskVolumes(faults)).Scan));
    volumes?.Dispose();
    early.TellOfChanges();
    AtStart.Run(machine, live, isStart);
}
catch (Exception failure)
{
    live.Tell($"cannot make this machine what its owner says: {failure.Message}");
    return 1;
}
return 0;
