using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Strata.Inventory.Tests")]
[assembly: InternalsVisibleTo("Strata.Fuzz")]
