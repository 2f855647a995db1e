using System.CommandLine;
using Strata.Core;
using Strata.Images.Signing;
using Strata.Trust.Keys;

namespace Strata.Cli.Commands.Trust;

/// <summary>
/// A passphrase out of a file or from the keyboard; never out of an argument, which every program of the machine can read.
/// </summary>
internal static class PassphraseInput
{
    private const int Longest = 1024;

    public static Option<string?> Option(string description = "Open encrypted keys with the first line of this file, else ask") =>
        new("--passphrase-file") { Description = description, HelpName = "file" };

    /// <summary>What signs images with the keys of a folder.</summary>
    /// <exception cref="StrataException">A key is missing, or there is no passphrase for it.</exception>
    public static ImageSigner SignerOf(string folder, string? passphraseFile)
    {
        KeyFolder keys = new(folder);
        return new ImageSigner(keys, Once(passphraseFile, keys));
    }

    /// <summary>Asks when it is needed, and once for all keys of a folder.</summary>
    public static Func<string> Once(string? passphraseFile, KeyFolder keys)
    {
        Lazy<string> secret = new(() => Ask(passphraseFile, keys));
        return () => secret.Value;
    }

    /// <summary>The first line of a file.</summary>
    /// <exception cref="StrataException">It cannot be read, or its first line is empty or too long.</exception>
    public static string Read(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            char[] buffer = new char[Longest + 1];
            int count = reader.ReadBlock(buffer);
            int end = buffer.AsSpan(0, count).IndexOfAny('\n', '\r');
            string line = new(buffer, 0, end < 0 ? count : end);
            string length = line.Length == 0 ? "no characters" : $"more than {Longest} characters";
            return line.Length is > 0 and <= Longest ? line
                : throw new StrataException($"cannot take a passphrase from {path}: its first line has {length}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot take a passphrase from {path}: {(File.Exists(path) ? e.Message : "there is no such file")}", innerException: e);
        }
    }

    /// <summary>That of the file, or asked for at the terminal without showing it.</summary>
    /// <exception cref="StrataException">There is neither a file nor a person to ask.</exception>
    public static string Ask(string? file, KeyFolder keys)
    {
        if (file is not null)
        {
            return Read(file);
        }
        if (Console.IsInputRedirected)
        {
            throw new StrataException(
                $"cannot open the keys in {keys.FolderPath}: they want a passphrase or a PIN",
                    "'--passphrase-file FILE' names a file with it.");
        }
        Console.Error.Write($"Passphrase or PIN of {keys.FolderPath}: ");
        List<char> typed = [];
        for (ConsoleKeyInfo key; (key = Console.ReadKey(intercept: true)).Key != ConsoleKey.Enter;)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.RemoveRange(Math.Max(typed.Count - 1, 0), Math.Min(typed.Count, 1));
            }
            else if (!char.IsControl(key.KeyChar) && typed.Count < Longest)
            {
                typed.Add(key.KeyChar);
            }
        }
        Console.Error.WriteLine();
        return new string([.. typed]);
    }
}
