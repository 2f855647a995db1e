namespace Strata.Agent.Machines;

/// <summary>What is not a file: programs that run, the kernel, and people who read the console.</summary>
internal interface ILiveMachine
{
    /// <summary>Runs a program to its end; returns its exit code.</summary>
    /// <exception cref="Device.Posix.PosixException">It cannot be started.</exception>
    int Run(string program, params IReadOnlyList<string> arguments);

    /// <summary>The same; kills it when time is over, and then returns null.</summary>
    /// <exception cref="Device.Posix.PosixException">It cannot be started.</exception>
    int? RunWithin(TimeSpan limit, string program, params IReadOnlyList<string> arguments);

    /// <summary>Time since some moment; a clock that nobody sets.</summary>
    TimeSpan Now { get; }

    /// <summary>Lets time pass.</summary>
    void Wait(TimeSpan time);

    /// <summary>Restarts the machine by its init, and by the kernel alone when that does not come. Returns only when both refuse.</summary>
    void Restart();

    /// <summary>Has the hardware restart the machine when nobody feeds it.</summary>
    IWatchdog StartWatchdog();

    /// <summary>Gives the running kernel a name.</summary>
    void SetHostname(string name);

    /// <summary>Writes lines to the console, and where support finds them.</summary>
    void Tell(string text);
}
