namespace StreamNer.Streams.Publishing;

/// <summary>Records on their way to the broker.</summary>
/// <param name="Acknowledged">
/// Completes when every record is either acknowledged by all replicas in sync, or refused for good: these are listed. Fails with
/// <see cref="PublishFailedException"/> when one is neither.
/// </param>
internal readonly record struct Delivery(Task<IReadOnlyList<Refusal>> Acknowledged)
{
    /// <summary>What stands in for a refusal list that is empty.</summary>
    public static IReadOnlyList<Refusal> NoRefusals { get; } = [];
}
