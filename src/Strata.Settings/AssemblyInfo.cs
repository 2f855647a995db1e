using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Strata.Settings.Tests")]
[assembly: InternalsVisibleTo("Strata.Fuzz")]
