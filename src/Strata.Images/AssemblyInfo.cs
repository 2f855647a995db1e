using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Strata.Benchmarks")]
[assembly: SupportedOSPlatform("linux")]
[assembly: InternalsVisibleTo("Strata.Images.Tests")]
[assembly: InternalsVisibleTo("Strata.Fuzz")]
