using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;

namespace Strata.Trust.Rotation;

/// <summary>
/// Hands a role from an old key to a new one in three steps, between which machines learn: a new key is made, and believed beside the
/// old; it signs; the old one is retired. No file of a key is moved, changed or deleted on the way.
/// </summary>
public static class KeyRotation
{
    /// <summary>Roles that can be handed on.</summary>
    public static IReadOnlyList<KeyRole> Roles { get; } = [.. KeyRole.OfFirmware, KeyRole.Releases];

    /// <summary>The first step: makes a new key, and what tells machines to believe it beside the old.</summary>
    /// <param name="keys">The keys; those that sign what firmware is told have to be here.</param>
    /// <param name="role">The role.</param>
    /// <param name="passphraseOfNew">Encrypts the new key; null leaves it as it is.</param>
    /// <param name="passphrase">Asked for when a key is encrypted.</param>
    /// <param name="now">The time from which the certificate is valid.</param>
    /// <exception cref="StrataException">The role is being handed on already, or a key is missing; nothing was made then.</exception>
    public static KeyGeneration Begin(KeyFolder keys, KeyRole role, string? passphraseOfNew, Func<string> passphrase, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(role);
        IReadOnlyList<KeyGeneration> all = keys.GenerationsOf(role);
        if (all.FirstOrDefault(k => k.Standing is KeyStanding.Next or KeyStanding.Old) is KeyGeneration pending)
        {
            throw new StrataException(
                $"cannot rotate {role} of {keys.FolderPath}: {pending} {Meaning(pending)}", $"First: {NextStep(keys, pending)}.");
        }
        RequireSigners(keys, role, passphrase);
        int number = all[^1].Number + 1;
        while (((string[])[".key", ".uri", ".crt"]).Any(e => File.Exists(Path.Combine(keys.FolderPath, $"{role}-{number}{e}"))))
        {
            number++; // left by a step that was cut before it was noted: never written over
        }
        KeyGeneration made = new(role, number, KeyStanding.Next);
        try
        {
            if (keys.IsInToken(all[^1])) // where the old one is, a new one is made
            {
                KeyMaker.MakeInToken(keys.FolderPath, made, OwnerNamed(keys, all[0]), keys.TokenOf(all[^1]), passphrase, now);
            }
            else
            {
                KeyMaker.MakeFiles(keys.FolderPath, made, OwnerNamed(keys, all[0]), passphraseOfNew, now);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot make {made} in {keys.FolderPath}: {e.Message}", innerException: e);
        }
        Note(keys, made, passphrase, now);
        return made;
    }

    /// <summary>The second step: the new key signs from now on.</summary>
    /// <returns>The key.</returns>
    /// <exception cref="StrataException">There is none that waits for it, or a key is missing.</exception>
    public static KeyGeneration Switch(KeyFolder keys, KeyRole role, Func<string> passphrase, DateTimeOffset now)
    {
        KeyGeneration next = Find(keys, role, KeyStanding.Next, "switch");
        RequireSigners(keys, role, passphrase);
        KeyGeneration signs = next with { Standing = KeyStanding.Signs };
        Note(keys, signs, passphrase, now);
        if (role == KeyRole.Exchange)
        {
            RevokedImages.WriteAnew(keys, passphrase, now); // firmware will ask for the new key
        }
        return signs;
    }

    /// <summary>
    /// The third step: machines are told not to believe the old key. What it signed does not start any more where they have learned that.
    /// </summary>
    /// <returns>The key.</returns>
    /// <exception cref="StrataException">There is none to retire, or a key is missing.</exception>
    public static KeyGeneration Retire(KeyFolder keys, KeyRole role, Func<string> passphrase, DateTimeOffset now)
    {
        KeyGeneration old = Find(keys, role, KeyStanding.Old, "retire");
        RequireSigners(keys, role, passphrase);
        KeyGeneration retired = old with { Standing = KeyStanding.Retired };
        Note(keys, retired, passphrase, now);
        if (role == KeyRole.Images)
        {
            RevokedImages.WriteAnew(keys, passphrase, now); // also for machines whose db holds more than ours
        }
        return retired;
    }

    /// <summary>What a key is good for, in words.</summary>
    public static string Meaning(KeyGeneration key) => key?.Standing switch
    {
        KeyStanding.Signs => "signs",
        KeyStanding.Next => "is believed, and does not sign yet",
        KeyStanding.Old => "is still believed, and signs no more",
        KeyStanding.Retired => "is retired",
        _ => throw new ArgumentNullException(nameof(key)),
    };

    /// <summary>What to do next for a key that waits for something; null for one that does not.</summary>
    public static string? NextStep(KeyFolder keys, KeyGeneration key)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(key);
        string folder = keys.FolderPath;
        string file = Path.Combine(folder, EnrolmentFiles.Folder, key.Role == KeyRole.Platform ? $"{key}.auth" : $"{key.Role}.auth");
        string learned = IsOfFirmware(key.Role) ? $"when all machines have learned {file}, " : "when all know its certificate, ";
        string replaced = key.Role == KeyRole.Images ? "when all machines start what the new key signed, " : "when nobody needs it, ";
        return key.Standing switch
        {
            KeyStanding.Next => $"{learned}say 'strata keys rotate {folder} {key.Role} --switch'",
            KeyStanding.Old => $"{replaced}say 'strata keys rotate {folder} {key.Role} --retire'",
            _ => null,
        };
    }

    private static void Note(KeyFolder keys, KeyGeneration key, Func<string> passphrase, DateTimeOffset now)
    {
        KeyHistory.Read(keys.FolderPath).Add(key, now);
        if (IsOfFirmware(key.Role))
        {
            EnrolmentFiles.Write(keys, passphrase, now);
        }
    }

    private static bool IsOfFirmware(KeyRole role) => KeyRole.OfFirmware.Contains(role);

    // before anything is noted: without them firmware could not be told, and half a step would be left
    private static void RequireSigners(KeyFolder keys, KeyRole role, Func<string> passphrase)
    {
        foreach (KeyRole signer in IsOfFirmware(role) ? (KeyRole[])[KeyRole.Platform, KeyRole.Exchange] : [])
        {
            keys.Open(signer, passphrase).Dispose();
        }
    }

    private static KeyGeneration Find(KeyFolder keys, KeyRole role, KeyStanding standing, string step)
    {
        ArgumentNullException.ThrowIfNull(keys);
        IReadOnlyList<KeyGeneration> all = keys.GenerationsOf(role);
        return all.FirstOrDefault(k => k.Standing == standing) ?? throw new StrataException(
            $"cannot {step} {role} of {keys.FolderPath}: "
            + string.Join(", ", all.Select(k => $"{k} {Meaning(k)}")) + ", and none waits for that",
            all.Select(k => NextStep(keys, k)).FirstOrDefault(s => s is not null)
                ?? $"'strata keys rotate {keys.FolderPath} {role}' begins with a new key.");
    }

    // the name that stands in the first certificate before that of the role
    private static string OwnerNamed(KeyFolder keys, KeyGeneration first)
    {
        using X509Certificate2 certificate = keys.CertificateOf(first);
        string name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        string ending = $" {first.Role}";
        return name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
    }
}
