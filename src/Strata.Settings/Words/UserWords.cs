using Strata.Yaml;

namespace Strata.Settings.Words;

/// <summary>Somebody who may log in.</summary>
public sealed record UserWords
{
    /// <summary>Login name.</summary>
    public required YamlScalar Name { get; init; }

    /// <summary>Numeric id, 0 … 65534; null when it follows from the name.</summary>
    public int? Id { get; init; }

    /// <summary>The GECOS field.</summary>
    public string? Description { get; init; }

    /// <summary>Groups besides the user's own.</summary>
    public IReadOnlyList<YamlScalar> Groups { get; init; } = [];

    /// <summary>Public keys, as lines of authorized_keys without options.</summary>
    public IReadOnlyList<string> SshKeys { get; init; } = [];

    /// <summary>A hash of crypt(5), never to be shown; null when no password lets anybody in.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>Name of the credential that has such a hash; null when none is named.</summary>
    public string? PasswordCredential { get; init; }

    /// <summary>True when a password lets the user in.</summary>
    public bool HasPassword => PasswordHash is not null || PasswordCredential is not null;

    /// <summary>Login shell; null for the usual one.</summary>
    public YamlScalar? Shell { get; init; }

    /// <summary>Home; null for the usual one.</summary>
    public string? Home { get; init; }

    /// <summary>True when the user may become root.</summary>
    public bool IsAdmin { get; init; }

    // records write out all that they hold, and this may end up in a message
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Name = ").Append(Name.Text);
        return true;
    }
}

/// <summary>Who may come in over SSH, and where.</summary>
/// <param name="Port">TCP port; null for the usual one.</param>
/// <param name="Users">Who may; null for everybody who has a key.</param>
/// <param name="AllowsPasswords">True when a password is enough.</param>
public sealed record SshWords(int? Port, IReadOnlyList<YamlScalar>? Users, bool AllowsPasswords)
{
    /// <summary>The usual port.</summary>
    public const int UsualPort = 22;
}
