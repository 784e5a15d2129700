namespace StreamNer.Host.Tests.Observability;

/// <summary>Tests that count series: metrics are of the whole process, so no other service may run beside theirs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessWideMetrics
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "metrics of the whole process";
}
