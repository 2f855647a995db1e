using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Trust.Keys;

/// <summary>
/// What happened to the keys of a folder after they were made: lines of <c>history</c>, each a time in UTC, the name of a key, and
/// <c>made</c>, <c>signs</c> or <c>retired</c>; or <c>others</c> and a digest of the certificates of others. Lines are added and never
/// changed, so that files of keys never have to be moved; a folder in which nothing was rotated has none.
/// </summary>
internal sealed class KeyHistory
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "history";

    private const string Others = "others";
    private const int LargestFile = 64 * 1024;
    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private static readonly Dictionary<string, KeyStanding> s_words = new(StringComparer.Ordinal)
    {
        ["made"] = KeyStanding.Next, ["signs"] = KeyStanding.Signs, ["retired"] = KeyStanding.Retired,
    };

    private readonly string _file;
    private string _text;
    private readonly List<KeyGeneration> _keys = [];
    private Sha256Digest? _others;

    private KeyHistory(string file, string text) => (_file, _text) = (file, text);

    /// <summary>When the last line was added; null without any.</summary>
    public DateTimeOffset? LastChange { get; private set; }

    /// <summary>Reads that of a folder.</summary>
    /// <exception cref="StrataException">It is damaged.</exception>
    public static KeyHistory Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        return Parse(TextOf(file), file);
    }

    /// <summary>Reads the text of one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <exception cref="StrataException">It is damaged.</exception>
    internal static KeyHistory Parse(string text, string file)
    {
        KeyHistory history = new(file, text);
        int number = 0;
        foreach (string line in history._text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            if (!history.Take(line))
            {
                throw new StrataException(
                    $"cannot read {file}:{number}: '{TerminalName(line)}' does not follow from the lines before",
                    "A line is a time, the name of a key, and 'made', 'signs' or 'retired'; take the file from a copy.");
            }
        }
        return history;
    }

    /// <summary>All keys of a role, by number.</summary>
    public IReadOnlyList<KeyGeneration> Of(KeyRole role) =>
        [.. _keys.Where(k => k.Role == role).DefaultIfEmpty(KeyGeneration.First(role)).OrderBy(k => k.Number)];

    /// <summary>Adds what happens to a key.</summary>
    /// <param name="key">The key, with its new standing: next, signs or retired.</param>
    /// <param name="now">When.</param>
    /// <exception cref="StrataException">It cannot be written.</exception>
    public void Add(KeyGeneration key, DateTimeOffset now) =>
        Add($"{key.Name} {s_words.First(w => w.Value == key.Standing).Key}", now);

    /// <summary>Notes when certificates of others changed; those that nobody noted yet are none.</summary>
    /// <param name="others">What stands for all of them.</param>
    /// <param name="now">When.</param>
    /// <exception cref="StrataException">It cannot be written.</exception>
    public void NoteOthers(Sha256Digest others, DateTimeOffset now)
    {
        if (others != (_others ?? Sha256Digest.Of([])))
        {
            Add($"{Others} {others}", now);
        }
    }

    private void Add(string what, DateTimeOffset now)
    {
        // what is told to firmware needs times that grow, in whole seconds, whatever the clock of the host says
        DateTimeOffset time = LastChange is DateTimeOffset last && now < last.AddSeconds(1) ? last.AddSeconds(1) : now;
        string line = $"{time.ToUniversalTime().ToString(TimeForm, CultureInfo.InvariantCulture)} {what}";
        string text = $"{_text}{line}\n";
        if (text.Length > LargestFile)
        {
            throw new StrataException($"cannot add to {_file}: it would have more than {LargestFile} bytes");
        }
        if (!Take(line))
        {
            throw new InvalidOperationException($"'{line}' does not follow from {_file}");
        }
        try
        {
            DurableFile.Replace(_file, Encoding.ASCII.GetBytes(text), Modes.File);
            _text = text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot write {_file}: {e.Message}", innerException: e);
        }
    }

    private bool Take(string line)
    {
        if (line.Split(' ') is not [string time, string name, string word]
            || !DateTimeOffset.TryParseExact(
                time, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at))
        {
            return false;
        }
        bool fits = name == Others ? TakeOthers(word) : TakeKey(name, word);
        LastChange = LastChange is DateTimeOffset earlier && earlier > at ? earlier : at;
        return fits;
    }

    private bool TakeOthers(string word)
    {
        bool fits = Sha256Digest.TryParse(word, out Sha256Digest digest);
        _others = digest;
        return fits;
    }

    private bool TakeKey(string name, string word)
    {
        if (!s_words.TryGetValue(word, out KeyStanding standing) || Named(name) is not (KeyRole role, int number))
        {
            return false;
        }
        if (!_keys.Any(k => k.Role == role))
        {
            _keys.Add(KeyGeneration.First(role));
        }
        KeyGeneration last = _keys.Last(k => k.Role == role);
        int same = _keys.FindIndex(k => k.Role == role && k.Number == number);
        switch (standing)
        {
            case KeyStanding.Next when number > last.Number && last.Standing == KeyStanding.Signs:
                _keys.Add(new KeyGeneration(role, number, standing));
                break;
            case KeyStanding.Signs when same >= 0 && _keys[same].Standing == KeyStanding.Next:
                // firmware has room for one key of the platform: the new one takes the place of the old
                KeyStanding before = role == KeyRole.Platform ? KeyStanding.Retired : KeyStanding.Old;
                int signed = _keys.FindIndex(k => k.Role == role && k.Standing == KeyStanding.Signs);
                _keys[signed] = _keys[signed] with { Standing = before };
                _keys[same] = _keys[same] with { Standing = standing };
                break;
            case KeyStanding.Retired when same >= 0 && _keys[same].Standing == KeyStanding.Old:
                _keys[same] = _keys[same] with { Standing = standing };
                break;
            default:
                return false;
        }
        return true;
    }

    private static (KeyRole Role, int Number)? Named(string name)
    {
        foreach (KeyRole role in KeyRole.All)
        {
            if (name == role.Name)
            {
                return (role, 1);
            }
            if (name.StartsWith(role.Name + "-", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(role.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number is > 1 and < 10_000)
            {
                return (role, number);
            }
        }
        return null;
    }

    private static string TerminalName(string line) =>
        string.Concat(line.Take(80).Select(c => char.IsControl(c) ? '?' : c)); // shown to a person

    private static string TextOf(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                return "";
            }
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
            {
                throw new StrataException($"cannot read {file}: it has {stream.Length} bytes, expected at most {LargestFile}");
            }
            using StreamReader reader = new(stream, Encoding.ASCII);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {file}: {e.Message}", innerException: e);
        }
    }
}
