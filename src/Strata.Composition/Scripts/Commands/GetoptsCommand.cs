using System.Globalization;
using Strata.Composition.Scripts.Shell;

namespace Strata.Composition.Scripts.Commands;

/// <summary><c>getopts</c> (XCU, getopts): one option of the parameters after the other; OPTIND counts as dash counts.</summary>
internal static class GetoptsCommand
{
    private const string Index = "OPTIND";
    private const string Value = "OPTARG";

    public static int? Run(CommandCall call)
    {
        string[] all = [.. call.Texts];
        if (all is not [string known, string name, .. string[] own])
        {
            throw call.NotUnderstood("'getopts' has no name for the option");
        }
        ShellState state = call.State;
        IReadOnlyList<string?> words = own.Length > 0 ? own : state.Parameters;
        if (!int.TryParse(state.Variables.GetValueOrDefault(Index) ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out int next)
            || next < 1)
        {
            throw call.NotUnderstood($"'getopts' goes on at {Index}, which is no number");
        }
        // within a word of several options OPTIND names the next word already
        string group = state.OptionOffset > 0 && next >= 2 && next <= words.Count + 1 ? WordAt(next - 1) : "";
        int at = state.OptionOffset;
        if (at >= group.Length)
        {
            if (next > words.Count || WordAt(next) is not ['-', _, ..] word || word == "--")
            {
                next += next <= words.Count && WordAt(next) == "--" ? 1 : 0;
                return Answer('?', 0, status: 1);
            }
            (group, at, next) = (word, 1, next + 1);
        }
        char letter = group[at++];
        bool isSilent = known.StartsWith(':');
        int place = letter == ':' ? -1 : known.IndexOf(letter, StringComparison.Ordinal);
        if (place < 0)
        {
            Set(isSilent ? letter.ToString() : null);
            return Answer('?', at, status: 0);
        }
        if (place + 1 >= known.Length || known[place + 1] != ':')
        {
            Set("");
            return Answer(letter, at, status: 0);
        }
        if (at < group.Length)
        {
            Set(group[at..]);
        }
        else if (next <= words.Count)
        {
            Set(WordAt(next++));
        }
        else
        {
            Set(isSilent ? letter.ToString() : null);
            return Answer(isSilent ? ':' : '?', at, status: 0);
        }
        return Answer(letter, 0, status: 0);

        string WordAt(int number) => words[number - 1] ?? throw call.NotUnderstood("an option of 'getopts' is known only while it runs");

        void Set(string? value)
        {
            if (value is null)
            {
                state.Variables.Remove(Value);
            }
            else
            {
                state.Variables[Value] = value;
            }
        }

        int? Answer(char option, int offset, int status)
        {
            state.OptionOffset = offset;
            state.Variables[Index] = next.ToString(CultureInfo.InvariantCulture);
            state.Variables[name] = option.ToString();
            return status;
        }
    }
}
