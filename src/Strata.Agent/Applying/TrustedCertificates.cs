using System.Text;
using Strata.Agent.Machines;

namespace Strata.Agent.Applying;

/// <summary>Authorities of the owner's, in the one file that programs read (ca-certificates(8)), behind those of the image.</summary>
internal static class TrustedCertificates
{
    private const string Bundle = "/etc/ssl/certs/ca-certificates.crt";
    private const string Mark = "# strata: of the owner of this machine; all below is written anew at each start\n";

    /// <summary>Writes them there, when there are any or were any.</summary>
    public static void Apply(MachineFolder machine)
    {
        StringBuilder own = new();
        foreach (string name in machine.Names(Places.Certificates))
        {
            if (name.EndsWith(".crt", StringComparison.Ordinal))
            {
                own.Append(machine.ReadText($"{Places.Certificates}/{name}").TrimEnd()).Append('\n');
            }
        }
        string there = machine.ReadText(Bundle);
        int mark = there.IndexOf(Mark, StringComparison.Ordinal);
        if (own.Length > 0 || mark >= 0)
        {
            string image = mark < 0 ? there : there[..mark];
            machine.Write(Bundle, image + (own.Length > 0 ? Mark + own : ""));
        }
    }
}
