using System.Collections;

#pragma warning disable IDE0130 // the namespace is above the folder's: names in it are found before those of 'using System.Linq'
namespace Strata;

/// <summary>
/// What this project, the words of a machine and the programs of the device need of System.Linq, and mean when they name it: the framework's
/// own brings the part of the runtime that makes types while a program runs, a twelfth of a program of the device.
/// </summary>
/// <remarks>The results are the same; each is made while it is walked through, and none is remembered.</remarks>
internal static class Sequences
{
    public static bool Any<T>(this IEnumerable<T> items)
    {
        foreach (T _ in items)
        {
            return true;
        }
        return false;
    }

    public static bool Any<T>(this IEnumerable<T> items, Func<T, bool> isSo)
    {
        foreach (T item in items)
        {
            if (isSo(item))
            {
                return true;
            }
        }
        return false;
    }

    public static bool All<T>(this IEnumerable<T> items, Func<T, bool> isSo)
    {
        foreach (T item in items)
        {
            if (!isSo(item))
            {
                return false;
            }
        }
        return true;
    }

    public static int Count<T>(this IEnumerable<T> items, Func<T, bool> isSo)
    {
        int count = 0;
        foreach (T item in items)
        {
            count += isSo(item) ? 1 : 0;
        }
        return count;
    }

    public static bool Contains(this IEnumerable<string> items, string text)
    {
        foreach (string item in items)
        {
            if (item == text)
            {
                return true;
            }
        }
        return false;
    }

    public static T? FirstOrDefault<T>(this IEnumerable<T> items)
    {
        foreach (T item in items)
        {
            return item;
        }
        return default;
    }

    public static T? FirstOrDefault<T>(this IEnumerable<T> items, Func<T, bool> isSo)
    {
        foreach (T item in items)
        {
            if (isSo(item))
            {
                return item;
            }
        }
        return default;
    }

    public static T First<T>(this IEnumerable<T> items, Func<T, bool> isSo)
    {
        foreach (T item in items)
        {
            if (isSo(item))
            {
                return item;
            }
        }
        throw new InvalidOperationException("nothing in the sequence is so");
    }

    public static IEnumerable<T> Where<T>(this IEnumerable<T> items, Func<T, bool> isSo)
    {
        foreach (T item in items)
        {
            if (isSo(item))
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> items, Func<T, TResult> map)
    {
        foreach (T item in items)
        {
            yield return map(item);
        }
    }

    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> items, Func<T, int, TResult> map)
    {
        int index = 0;
        foreach (T item in items)
        {
            yield return map(item, index++);
        }
    }

    public static IEnumerable<TResult> SelectMany<T, TResult>(this IEnumerable<T> items, Func<T, IEnumerable<TResult>> map)
    {
        foreach (T item in items)
        {
            foreach (TResult result in map(item))
            {
                yield return result;
            }
        }
    }

    public static IEnumerable<T> Concat<T>(this IEnumerable<T> items, IEnumerable<T> others)
    {
        foreach (T item in items)
        {
            yield return item;
        }
        foreach (T item in others)
        {
            yield return item;
        }
    }

    public static IEnumerable<T> Take<T>(this IEnumerable<T> items, int count)
    {
        int left = count;
        foreach (T item in items)
        {
            if (left-- <= 0)
            {
                yield break;
            }
            yield return item;
        }
    }

    public static IEnumerable<T> Skip<T>(this IEnumerable<T> items, int count)
    {
        int left = count;
        foreach (T item in items)
        {
            if (left-- <= 0)
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<T> Distinct<T>(this IEnumerable<T> items)
    {
        HashSet<T> seen = [];
        foreach (T item in items)
        {
            if (seen.Add(item))
            {
                yield return item;
            }
        }
    }

    public static IEnumerable<T> OfType<T>(this IEnumerable items)
    {
        foreach (object? item in items)
        {
            if (item is T one)
            {
                yield return one;
            }
        }
    }

    public static Dictionary<TKey, TValue> ToDictionary<T, TKey, TValue>(
        this IEnumerable<T> items, Func<T, TKey> key, Func<T, TValue> value, IEqualityComparer<TKey> comparer)
        where TKey : notnull
    {
        Dictionary<TKey, TValue> map = new(comparer);
        foreach (T item in items)
        {
            map.Add(key(item), value(item));
        }
        return map;
    }

    public static Dictionary<TKey, T> ToDictionary<T, TKey>(this IEnumerable<T> items, Func<T, TKey> key, IEqualityComparer<TKey> comparer)
        where TKey : notnull => items.ToDictionary(key, i => i, comparer);

    /// <summary>Texts in the order of their characters.</summary>
    public static IReadOnlyList<string> Sorted(this IEnumerable<string> items)
    {
        List<string> sorted = [.. items];
        sorted.Sort(StringComparer.Ordinal);
        return sorted;
    }
}
