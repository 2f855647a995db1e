using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;

namespace Strata.Cli.Output;

/// <summary>Progress for a person: running tasks as lines with bars that are redrawn in place, finished ones disappear.</summary>
internal sealed class LiveProgress : IProgressReporter, IDisposable
{
    private const int BarWidth = 28;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250); // what is over before that is not worth a line

    private readonly Lock _lock = new();
    private readonly TextWriter _output;
    private readonly List<Running> _tasks = [];
    private readonly Timer _timer;
    private int _drawn;
    private int _turn;

    public LiveProgress(TextWriter output)
    {
        _output = output;
        _timer = new Timer(_ => Redraw(), null, s_interval, s_interval);
    }

    public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items)
    {
        Running task = new(this, label, total, unit, Environment.TickCount64);
        lock (_lock)
        {
            _tasks.Add(task);
        }
        return task;
    }

    public void Note(string message) => Say(message);

    public void Warn(string message) => Say("\e[33mwarning:\e[0m " + message);

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _tasks.Clear();
            _output.Write(Erase());
        }
    }

    private void Say(string line)
    {
        lock (_lock)
        {
            _output.WriteLine(Erase() + line);
        }
    }

    private string Erase()
    {
        string erase = _drawn == 0 ? "" : $"\e[{_drawn}A\e[0J";
        _drawn = 0;
        return erase;
    }

    private void Redraw()
    {
        lock (_lock)
        {
            StringBuilder text = new(Erase());
            int width = Math.Max(40, Console.WindowWidth);
            _turn++;
            foreach (Running task in _tasks.Where(t => Environment.TickCount64 - t.Started > s_patience.TotalMilliseconds).TakeLast(8))
            {
                string line = task.Describe(_turn);
                text.Append(line.Length < width ? line : line[..(width - 1)]).Append('\n');
                _drawn++;
            }
            if (text.Length > 0)
            {
                _output.Write(text);
                _output.Flush();
            }
        }
    }

    private void End(Running task)
    {
        lock (_lock)
        {
            _tasks.Remove(task);
        }
    }

    private sealed class Running(LiveProgress owner, string label, long? total, ProgressUnit unit, long started) : IProgressTask
    {
        private long _done;

        public long Started { get; } = started;

        public void Advance(long amount) => Interlocked.Add(ref _done, amount);

        public void Dispose() => owner.End(this);

        public string Describe(int turn)
        {
            long done = Interlocked.Read(ref _done);
            if (total is not > 0)
            {
                string amount = done == 0 ? "" : unit == ProgressUnit.Bytes ? new ByteSize(done).ToString() : done.ToString(CultureInfo.InvariantCulture);
                return $"  {"⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[turn % 10]} {label} {amount}";
            }
            double share = Math.Clamp((double)done / total.Value, 0, 1);
            int filled = (int)(share * BarWidth);
            string numbers = unit == ProgressUnit.Bytes
                ? $"{new ByteSize(done)} of {new ByteSize(total.Value)}"
                : string.Create(CultureInfo.InvariantCulture, $"{done} of {total}");
            return $"  {new string('━', filled)}{new string('╌', BarWidth - filled)} {share,4:0%} {label}, {numbers}";
        }
    }
}
