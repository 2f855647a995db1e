using Strata.Device.Firmware;
using Strata.Init;
using Strata.Init.Reports;

// Process 1: whatever happens, it must not end, and a person must be able to read why.
if (Environment.ProcessId != 1)
{
    Screen terminal = new();
    terminal.Write("strata: this is the early init of a Strata system; only a kernel starts it\n");
    return 2;
}
Screen screen = new();
SystemStart start = new(screen);
try
{
    start.Run(args);
}
catch (Exception failure)
{
    screen.Write(FailureTexts.Of(failure, start.Problems, start.What));
}
start.LeavePhase(); // a shell may follow
EndOfStart.Go(start.Options, screen, LoaderVariables.IsCounted());
return 1;
