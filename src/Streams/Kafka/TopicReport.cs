namespace StreamNer.Streams.Kafka;

/// <summary>What a cluster has of the configured topics.</summary>
/// <param name="Brokers">How many brokers it has.</param>
/// <param name="Inputs">In the order of the configuration.</param>
/// <param name="Output">Where events go.</param>
/// <param name="DeadLetters">Where records go that cannot be labelled.</param>
internal sealed record TopicReport(
    int Brokers, IReadOnlyList<TopicState> Inputs, TopicState Output, IReadOnlyList<TopicState> DeadLetters)
{
    /// <summary>All of them.</summary>
    public IEnumerable<TopicState> All => [.. Inputs, Output, .. DeadLetters];

    /// <summary>Names of input topics that do not exist.</summary>
    public IReadOnlyList<string> MissingInputs => [.. Inputs.Where(topic => !topic.Exists).Select(topic => topic.Name)];
}
