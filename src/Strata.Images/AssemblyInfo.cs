using System.Runtime.Versioning;

[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Strata.Benchmarks")]
[assembly: SupportedOSPlatform("linux")]
