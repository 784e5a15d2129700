namespace StreamNer.Streams.Kafka;

/// <summary>One topic as the cluster knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Partitions">How many it has; 0 when it does not exist.</param>
internal readonly record struct TopicState(string Name, TopicRole Role, int Partitions)
{
    /// <summary>Whether the cluster has it.</summary>
    public bool Exists => Partitions > 0;
}
