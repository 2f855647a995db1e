using System.Text.Json;

namespace Strata.Machines.Qmp;

/// <summary>
/// Something QEMU reports by itself: <c>SHUTDOWN</c>, <c>RESET</c>, <c>GUEST_PANICKED</c> ... (QEMU QMP Reference Manual, Events).
/// </summary>
/// <param name="Name">The event's name.</param>
/// <param name="Data">Its members; an undefined element when it has none.</param>
internal sealed record QmpEvent(string Name, JsonElement Data)
{
    /// <summary>A member that is a string, or null.</summary>
    public string? Text(string member) =>
        Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
