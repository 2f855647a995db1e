namespace Strata.Agent.Machines;

/// <summary>What restarts a machine that hangs; on machines without one nothing happens.</summary>
internal interface IWatchdog : IDisposable
{
    /// <summary>Says that all is well.</summary>
    void Feed();

    /// <summary>Ends it.</summary>
    void Stop();
}
