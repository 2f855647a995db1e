using System.Security.Cryptography;

namespace Strata.Init.Sealed;

/// <summary>A line while somebody types it, key by key: for each a star is shown.</summary>
internal sealed class TypedLine
{
    private readonly byte[] _bytes = new byte[KeyQuestion.MostBytes];
    private int _count;

    /// <summary>True when it was ended.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Takes a key and returns what is shown for it.</summary>
    public string Type(byte key)
    {
        switch (key)
        {
            case (byte)'\r' or (byte)'\n':
                IsEnded = true;
                return "";
            case 0x7F or 0x08 when _count > 0: // backspace
                byte gone;
                do
                {
                    gone = _bytes[--_count];
                    _bytes[_count] = 0;
                }
                while (_count > 0 && (gone & 0xC0) == 0x80); // not half of a character
                return "\b \b";
            case 0x15: // Ctrl-U: all of it
                string back = string.Concat(Enumerable.Repeat("\b \b", Shown()));
                Clear();
                return back;
            case < 0x20 or 0x7F:
                return "";
            default:
                if (_count == _bytes.Length)
                {
                    return "";
                }
                _bytes[_count++] = key;
                return (key & 0xC0) == 0x80 ? "" : "*";
        }
    }

    /// <summary>What was typed; whoever takes it clears it.</summary>
    public byte[] Take() => _bytes[.._count];

    /// <summary>Forgets it.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _count = 0;
    }

    private int Shown()
    {
        int shown = 0;
        foreach (byte value in _bytes.AsSpan(0, _count))
        {
            shown += (value & 0xC0) == 0x80 ? 0 : 1;
        }
        return shown;
    }
}
