using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
[assembly: InternalsVisibleTo("Strata.Layers.Tests")]
[assembly: InternalsVisibleTo("Strata.Fuzz")]
[assembly: InternalsVisibleTo("Strata.Benchmarks")]
