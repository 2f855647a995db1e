using System.IO.MemoryMappedFiles;

namespace Strata.Fuzz;

/// <summary>
/// A file with the input that is being read: what overflows the stack, or breaks a library, takes the process along and leaves no
/// exception.
/// </summary>
/// <remarks>The file: four bytes length, the input. It is mapped, so that keeping an input costs a copy and no call of the
/// kernel.</remarks>
internal sealed class LastInput : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _most;

    public LastInput(string path, int most)
    {
        _most = Math.Max(most, 8 << 20); // inputs that people give may be longer than those that are made
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, sizeof(int) + _most);
        _view = _file.CreateViewAccessor();
    }

    public void Keep(byte[] input)
    {
        int length = Math.Min(input.Length, _most);
        _view.Write(0, length);
        _view.WriteArray(sizeof(int), input, 0, length);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
