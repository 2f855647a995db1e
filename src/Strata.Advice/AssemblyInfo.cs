using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

[assembly: InternalsVisibleTo("Strata.Advice.Tests")]
[assembly: InternalsVisibleTo("Strata.Fuzz")]
[assembly: SupportedOSPlatform("linux")]
