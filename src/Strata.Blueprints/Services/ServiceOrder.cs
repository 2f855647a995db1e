using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>The order that services ask for with <c>after</c> and <c>requires</c>.</summary>
public static class ServiceOrder
{
    /// <summary>
    /// Services in an order in which each comes after those it names; where nothing is said, that of the list. Of services that passed
    /// <see cref="Check"/>: names that are none of them do not count.
    /// </summary>
    public static IReadOnlyList<Service> Sort(IReadOnlyList<Service> services)
    {
        ArgumentNullException.ThrowIfNull(services);
        Dictionary<string, Service> named = services.ToDictionary(s => s.Name, StringComparer.Ordinal);
        List<Service> sorted = [];
        HashSet<Service> done = [];
        foreach (Service service in services)
        {
            Visit(service);
        }
        return sorted;

        void Visit(Service service)
        {
            if (!done.Add(service))
            {
                return;
            }
            foreach (YamlScalar name in Before(service))
            {
                if (named.TryGetValue(name.Text, out Service? first))
                {
                    Visit(first);
                }
            }
            sorted.Add(service);
        }
    }

    /// <summary>Notes what names nothing, what comes before itself, and what waits for something that cannot have started yet.</summary>
    internal static void Check(IReadOnlyList<Service> services, FaultList faults)
    {
        Dictionary<string, Service> named = services.DistinctBy(s => s.Name).ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (Service service in services)
        {
            foreach (YamlScalar name in Before(service))
            {
                if (!named.TryGetValue(name.Text, out Service? first))
                {
                    faults.Add(
                        name,
                        $"service '{service.Name}' comes after '{name.Text}', and no capability of this edition has a service of that name"
                        + NearMiss.Suggestion(name.Text, named.Keys));
                }
                else if (first.Kind is ServiceKind.Shutdown || service.Kind is ServiceKind.Shutdown)
                {
                    faults.Add(name, $"'{service.Name}' cannot come after '{name.Text}': one of them runs when the system goes down");
                }
                else if (service.Kind == ServiceKind.Setup && first.Kind != ServiceKind.Setup)
                {
                    faults.Add(
                        name, $"'{service.Name}' is a setup, which ends before '{name.Text}' starts; only another setup can come before "
                            + "it");
                }
            }
        }
        CheckCircles(named, faults);
    }

    private static IEnumerable<YamlScalar> Before(Service service) =>
        (service.Options.After ?? []).Concat(service.Options.Requires ?? []);

    private static void CheckCircles(Dictionary<string, Service> named, FaultList faults)
    {
        Dictionary<string, bool> state = new(StringComparer.Ordinal); // false: being visited
        List<string> path = [];
        foreach (Service service in named.Values)
        {
            Visit(service);
        }

        void Visit(Service service)
        {
            if (state.ContainsKey(service.Name))
            {
                return;
            }
            state[service.Name] = false;
            path.Add(service.Name);
            foreach (YamlScalar name in Before(service))
            {
                if (state.TryGetValue(name.Text, out bool isDone) && !isDone)
                {
                    string circle = string.Join(" → ", path.SkipWhile(p => p != name.Text).Append(name.Text));
                    faults.Add(name, $"services wait for each other in a circle: {circle}");
                }
                else if (named.TryGetValue(name.Text, out Service? first))
                {
                    Visit(first);
                }
            }
            path.RemoveAt(path.Count - 1);
            state[service.Name] = true;
        }
    }
}
