using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>
/// Refuses secrets: files with words are kept with the source, copied and shown. None of the messages repeats what it is about.
/// </summary>
internal static class Secrets
{
    private const string Instead = "a secret does not belong into this file: put it into a file on the machine, and name that file";

    /// <summary>Refuses a key that stands for a secret, whatever its value.</summary>
    public static void RefuseKeys(MappingReader reader, string instead, params IReadOnlyList<string> keys)
    {
        foreach (string key in keys)
        {
            if (reader.Value(key) is YamlValue value)
            {
                reader.Faults.Add(value, $"'{key}': {Instead} with '{instead}'");
            }
        }
    }

    /// <summary>The path of a file with a secret; null, and a fault, when it is something else, perhaps the secret itself.</summary>
    public static string? FileOf(MappingReader reader, string key, bool required)
    {
        if (reader.Value(key) is YamlMapping)
        {
            return CredentialOf(reader, key) is string name ? PathOf(name) : null;
        }
        YamlScalar? text = reader.Scalar(key, required);
        if (text is null)
        {
            return null;
        }
        if (!TextForm.IsPlainPath(text.Text))
        {
            reader.Faults.Add(
                text, $"'{key}' is no absolute path of letters, digits and . _ - /: {Instead} here, such as /var/lib/strata/secrets/{key}");
            return null;
        }
        return text.Text;
    }

    /// <summary>Where a credential lies on the machine once it was taken.</summary>
    public static string PathOf(string credential) => $"{MachineSecrets.Folder}/{credential}";

    /// <summary>The name in <c>{credential: NAME}</c>; null when something else is said, or nothing.</summary>
    public static string? CredentialOf(MappingReader reader, string key)
    {
        if (reader.Value(key) is not YamlMapping || reader.Mapping(key) is not MappingReader from)
        {
            return null;
        }
        YamlScalar? name = from.Scalar("credential", required: true);
        from.Done();
        if (name is null || !Texts.IsName(name, "a credential", reader.Faults))
        {
            return null;
        }
        if (name.Text == MachineSecrets.Words)
        {
            reader.Faults.Add(name, $"the credential '{MachineSecrets.Words}' has the words of a machine; expected one with a secret");
            return null;
        }
        return name.Text;
    }

    /// <summary>True, and a fault, when a text holds a private key.</summary>
    public static bool Refuse(YamlScalar text, string what, FaultList faults)
    {
        if (!SecretForm.HoldsPrivateKey(text.Text))
        {
            return false;
        }
        faults.Add(text, $"{what} holds a private key; {Instead} where it is used");
        return true;
    }

    /// <summary>A hash that crypt(5) calls fit for new ones; null, and a fault, for anything else.</summary>
    public static string? PasswordHash(MappingReader reader)
    {
        YamlScalar? text = reader.Scalar("password");
        if (text is null || SecretForm.IsPasswordHash(text.Text))
        {
            return text?.Text;
        }
        reader.Faults.Add(
            text, "'password' is no hash of crypt(5) that begins with $y$, $gy$, $7$, $6$, $5$ or $2b$; 'openssl passwd -6' or 'mkpasswd' "
            + "makes one. Write neither a password nor an older kind of hash into this file");
        return null;
    }
}
