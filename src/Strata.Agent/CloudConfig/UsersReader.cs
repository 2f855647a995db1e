using Strata.Yaml;

namespace Strata.Agent.CloudConfig;

/// <summary>Reads <c>users</c> of <c>#cloud-config</c> (cloud-init, module "Users and Groups").</summary>
internal static class UsersReader
{
    /// <summary>Users as the word <c>users</c> has them; null when there are none.</summary>
    public static YamlMapping? Read(MappingReader reader)
    {
        if (reader.Value("users") is not YamlValue all)
        {
            return null;
        }
        if (all is not YamlSequence { Items: IReadOnlyList<YamlValue> items })
        {
            reader.Faults.Add(all, $"'users' is {all.Kind}; expected a list");
            return null;
        }
        Node.Pairs users = new(all);
        foreach (YamlValue item in items)
        {
            if (item is YamlScalar { Text: "default" } nobody)
            {
                reader.Faults.Add(nobody, "there is no default user on this machine; expected users with names");
            }
            else if (MappingReader.Of(item, "an entry of 'users'", reader.Faults) is MappingReader user)
            {
                ReadUser(user, users);
                user.Done();
            }
        }
        return users.ToMappingOrNothing();
    }

    private static void ReadUser(MappingReader user, Node.Pairs users)
    {
        YamlScalar? name = user.Scalar("name", required: true);
        Node.Pairs words = new(name ?? user.Value("name") ?? new YamlScalar(user.File, 1, 1, "", true));
        words.Add("description", user.Scalar("gecos"));
        words.Add("id", user.Scalar("uid"));
        words.Add("shell", user.Scalar("shell"));
        words.Add("home", user.Scalar("homedir"));
        words.Add("groups", Groups(user));
        words.Add("ssh-keys", user.Value("ssh_authorized_keys"));
        bool isLocked = user.Flag("lock_passwd", otherwise: true); // cloud-init's own default
        YamlScalar? hash = user.Scalar("passwd") ?? user.Scalar("hashed_passwd");
        _ = user.Value("hashed_passwd");
        if (hash is not null && isLocked)
        {
            user.Faults.Add(hash, "the password of a user with 'lock_passwd: true', which is so when nothing is said, lets nobody in; say false");
        }
        else
        {
            words.Add("password", hash);
        }
        ReadSudo(user, words);
        if (name is null)
        {
            return;
        }
        if (users.Has(name.Text))
        {
            user.Faults.Add(name, $"user '{name.Text}' is here twice; the first stands");
            return;
        }
        users.Add(name, words.ToMapping());
    }

    // a text with commas, or a list
    private static YamlSequence? Groups(MappingReader user)
    {
        YamlValue? value = user.Value("groups");
        return value is YamlScalar text
            ? Node.List(text, text.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            : value is null ? null : new YamlSequence(value.File, value.Line, value.Column, [.. user.Texts("groups")]);
    }

    // rules that give all rights are what 'admin' says; others would give more or less than was asked
    private static void ReadSudo(MappingReader user, Node.Pairs words)
    {
        YamlValue? value = user.Value("sudo");
        YamlScalar? rule = value switch
        {
            YamlScalar text => text,
            YamlSequence { Items: [YamlScalar one] } => one,
            _ => null,
        };
        if (value is null || rule is { Text: "false" or "null" })
        {
            return;
        }
        string plain = rule?.Text.Replace(" ", "", StringComparison.Ordinal) ?? "";
        if (plain is "ALL=(ALL)NOPASSWD:ALL" or "ALL=(ALL:ALL)NOPASSWD:ALL" or "ALL=(ALL)ALL" or "ALL=(ALL:ALL)ALL")
        {
            words.Add("admin", Node.Text(value, "true"));
        }
        else
        {
            user.Faults.Add(value, "'sudo' needs a rule that gives all rights, 'ALL=(ALL) NOPASSWD:ALL' or 'ALL=(ALL) ALL', or false");
        }
    }
}
