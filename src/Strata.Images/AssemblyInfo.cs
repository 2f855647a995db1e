using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
[assembly: InternalsVisibleTo("Strata.Editions.Tests")]
[assembly: InternalsVisibleTo("Strata.Images.Tests")]
[assembly: InternalsVisibleTo("Strata.Boot.Tests")]
[assembly: InternalsVisibleTo("Strata.Fuzz")]
[assembly: InternalsVisibleTo("Strata.Benchmarks")]
