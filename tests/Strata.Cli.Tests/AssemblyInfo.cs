using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// The console, the environment and the current folder belong to the whole process, and a command uses all of them.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
