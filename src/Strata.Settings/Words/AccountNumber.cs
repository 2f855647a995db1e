using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Settings.Words;

/// <summary>Numbers of accounts: they follow from names, so they are the same on each machine and stay when others come.</summary>
public static class AccountNumber
{
    /// <summary>The first of people (Debian policy 9.2.2).</summary>
    public const int FirstOfPeople = 1000;

    /// <summary>How many there are of people.</summary>
    public const int CountOfPeople = 9000;

    /// <summary>The first that the system gives to its own.</summary>
    public const int FirstOfSystem = 100;

    /// <summary>How many there are of these.</summary>
    public const int CountOfSystem = 900;

    /// <summary>A number that follows from a name, or the next that is free.</summary>
    /// <param name="name">Of an account.</param>
    /// <param name="first">The least it may be.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="taken">Those that others have.</param>
    /// <exception cref="StrataException">All are taken.</exception>
    public static int Free(string name, int first, int count, IReadOnlySet<int> taken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(taken);
        uint hash = BinaryPrimitives.ReadUInt32BigEndian(Sha256Digest.Of(Encoding.UTF8.GetBytes(name)).Bytes);
        for (uint i = 0; i < count; i++)
        {
            int number = first + (int)(((ulong)hash + i) % (uint)count);
            if (!taken.Contains(number))
            {
                return number;
            }
        }
        throw new StrataException($"cannot number account '{name}': all of {first} … {first + count - 1} are taken");
    }
}
