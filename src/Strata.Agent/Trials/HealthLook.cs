using System.Globalization;
using System.Text;
using Strata.Agent.Machines;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Updates.Trials;

namespace Strata.Agent.Trials;

/// <summary>Looks whether a machine is well: its services, the checks of its edition, and those of its owner.</summary>
/// <param name="machine">Its files.</param>
/// <param name="live">What is no file.</param>
internal sealed class HealthLook(MachineFolder machine, ILiveMachine live)
{
    /// <summary>Programs of the owner's that look, in the order of their names.</summary>
    public const string OwnFolder = Places.Later + "/health.d";

    private const string Services = "/run/strata/services"; // of supervisors: docs/services.md
    private const string Systemd = "/run/systemd/system"; // is there where systemd is process 1
    private const int OwnSeconds = 30;
    private const int MostOwn = 64;

    /// <summary>What the edition says of it; the usual where it says nothing.</summary>
    /// <exception cref="StrataException">It cannot be read.</exception>
    public HealthPlan Plan()
    {
        try
        {
            return machine.TryRead(HealthPlan.Path, HealthPlan.MaxBytes + 1) is byte[] text ? HealthPlan.Read(text) : new HealthPlan();
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot learn what has to be well: {HealthPlan.Path}: {e.Message}");
        }
    }

    /// <summary>Looks once. What is not well, a sentence each; nothing when all is.</summary>
    /// <param name="plan">What has to be well.</param>
    /// <param name="between">Called before each check, as it may take its time.</param>
    public IReadOnlyList<string> Look(HealthPlan plan, Action? between = null)
    {
        List<string> problems = [];
        LookAtServices(problems);
        foreach (HealthCheck check in plan.Checks)
        {
            between?.Invoke();
            Run(check, problems);
        }
        string[] own = machine.Names(OwnFolder);
        for (int i = 0; i < own.Length; i++)
        {
            string path = $"{OwnFolder}/{own[i]}";
            if (i == MostOwn)
            {
                problems.Add($"{OwnFolder} has more than {MostOwn} checks");
                break;
            }
            if (own[i][0] != '.' && machine.TryGet(path) is { IsDirectory: false })
            {
                between?.Invoke();
                Run(new HealthCheck(own[i], OwnSeconds, [path]), problems);
            }
        }
        return problems;
    }

    /// <summary>How often services have ended so far; a service that ends again and again runs at each look.</summary>
    public string Failures()
    {
        StringBuilder text = new();
        foreach (string name in machine.Names(Services))
        {
            text.Append(name).Append(' ').Append(machine.ReadText($"{Services}/{name}/failures").Trim()).Append('\n');
        }
        return text.ToString();
    }

    private void LookAtServices(List<string> problems)
    {
        foreach (string name in machine.Names(Services))
        {
            string state = machine.ReadText($"{Services}/{name}/state").Trim();
            if (state is not ("" or "ready" or "done" or "stopped"))
            {
                problems.Add($"service {name} is {state}");
            }
        }
        if (machine.Has(Systemd))
        {
            Run(new HealthCheck("systemctl", OwnSeconds, ["/usr/bin/systemctl", "--quiet", "is-system-running"]), problems);
        }
    }

    private void Run(HealthCheck check, List<string> problems)
    {
        List<string> words = [.. check.Command];
        words.RemoveAt(0);
        try
        {
            int? code = live.RunWithin(TimeSpan.FromSeconds(check.WithinSeconds), check.Command[0], words);
            if (code != 0)
            {
                problems.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{check.Name} {(code is null ? $"did not end within {check.WithinSeconds} s" : $"ended with {code}")}"));
            }
        }
        catch (PosixException e)
        {
            problems.Add($"{check.Name} cannot be run: {e.Message}");
        }
    }
}
