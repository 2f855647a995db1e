using System.Text;
using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;
using static Strata.Boot.Tests.SecureBootBench;

namespace Strata.Boot.Tests;

/// <summary>A person at the menu of systemd-boot who would like a shell in the place of process 1.</summary>
[Collection("guests with layers")]
public class BootMenuTests
{
    private const string Wish = "x.nn=nn"; // no letter of it is a key of the menu: f would enter the setup of the firmware

    [SkippableTheory]
    [InlineData(true, false)] // what strata makes
    [InlineData(false, true)] // the same where the menu edits and nothing is signed: the person gets what was typed, so the test can fail
    [Trait("Category", "Slow")]
    public async Task Words_TypedAtTheMenu_CountOnlyWhereNothingForbidsThem(bool isOwned, bool counts)
    {
        using TemporaryFolder folder = new();
        string image = BuildSigned(folder);
        if (isOwned)
        {
            await StartAsync(folder, image, "true"); // it learns
        }
        else
        {
            image = Build(folder, "unsigned");
            File.WriteAllText(folder["loader.conf"], "timeout 0\neditor yes\n");
            Overwrite(image, folder["loader.conf"], "::/loader/loader.conf");
        }
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), Config(folder, image), AcceleratorKind.Tcg);
        await HoldKeyUntilAsync(machine, "Owned");
        await TypeAsync(machine, "e");
        await TypeAsync(machine, $" {Wish} \r");
        await TypeAsync(machine, "\r"); // where the editor did not take the first
        await machine.WaitForLineAsync(LinePattern.Text("Owned 1 is ready."), Deadline);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(Deadline);
        string words = (await console.RunAsync("cat /proc/cmdline", Deadline)).Output;
        Assert.Equal(counts, words.Contains(Wish, StringComparison.Ordinal));
        Assert.Contains("strata.word=of-the-owner", words, StringComparison.Ordinal);
    }

    private static async Task HoldKeyUntilAsync(Machine machine, string shown)
    {
        using CancellationTokenSource limit = new(Deadline);
        while (!machine.Log.TextFrom(0).Contains(shown, StringComparison.Ordinal))
        {
            await TypeAsync(machine, " ");
            await Task.Delay(100, limit.Token);
        }
        await Task.Delay(TimeSpan.FromSeconds(2), limit.Token); // what was typed too much has been read
    }

    // as fast as a person: firmware forgets what comes faster
    private static async Task TypeAsync(Machine machine, string keys)
    {
        foreach (char key in keys)
        {
            await machine.SerialInput.WriteAsync(Encoding.ASCII.GetBytes([key]));
            await machine.SerialInput.FlushAsync();
            await Task.Delay(80);
        }
    }
}
