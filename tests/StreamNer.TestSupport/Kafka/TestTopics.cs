namespace StreamNer.TestSupport.Kafka;

/// <summary>The topics and the group of one test.</summary>
public sealed record TestTopics(string Input, string Output, string Group)
{
    /// <summary>Where dead letters go.</summary>
    public string DeadLetters => Input + ".dlq";
}
