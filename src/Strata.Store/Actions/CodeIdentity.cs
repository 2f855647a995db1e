namespace Strata.Store.Actions;

/// <summary>Identity of the code that a step runs, as an input of its action key: a change of the code redoes what it touches.</summary>
/// <remarks>
/// A project is named by its module version id, which a deterministic compiler makes of the sources: two machines with the same sources
/// agree.
/// </remarks>
public static class CodeIdentity
{
    /// <summary>One line that stands for the projects of these types.</summary>
    /// <param name="types">A type of each project, in an order that stays.</param>
    public static string Of(params ReadOnlySpan<Type> types)
    {
        string[] ids = new string[types.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = types[i].Module.ModuleVersionId.ToString("N");
        }
        return string.Join(' ', ids);
    }

    /// <summary>Makes the code an input, under the name <c>code</c>.</summary>
    /// <param name="builder">The key.</param>
    /// <param name="types">A type of each project, in an order that stays.</param>
    public static ActionKeyBuilder WithCode(this ActionKeyBuilder builder, params ReadOnlySpan<Type> types)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add("code", Of(types));
    }
}
