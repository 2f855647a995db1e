using System.Diagnostics;

namespace Strata.Composition.Tests;

public class StepClockTests
{
    [Fact]
    public void TimePart_TakesNothing_IsNotTold_ButAStepIs()
    {
        StepClock clock = new() { LeastOfPart = TimeSpan.FromHours(1) };
        clock.TimePart("effects", "quick", () => { });
        Assert.Equal(1, clock.Time("one", () => 1));
        Assert.Equal(["one"], clock.Steps.Select(s => s.Name));
    }

    [Fact]
    public void TimePart_TakesLong_IsToldUnderItsStep()
    {
        StepClock clock = new();
        clock.TimePart("effects", "slow", () => Thread.Sleep(clock.LeastOfPart * 2));
        StepTime part = Assert.Single(clock.Steps);
        Assert.Equal("effects: slow", part.Name);
        Assert.InRange(part.Wall, clock.LeastOfPart, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Time_StartsAProgram_ItsTimeIsOfTheStep()
    {
        StepClock clock = new();
        clock.Time("program", () =>
        {
            ProcessStartInfo start = new("sh");
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done");
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        });
        Assert.InRange(Assert.Single(clock.Steps).Processor, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
    }
}
