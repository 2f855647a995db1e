[assembly: CollectionBehavior(DisableTestParallelization = true)] // time and memory of one execution are measured
