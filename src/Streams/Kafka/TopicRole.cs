namespace StreamNer.Streams.Kafka;

/// <summary>What a topic is for.</summary>
internal enum TopicRole
{
    /// <summary>Documents come from it.</summary>
    Input,

    /// <summary>Entity events go to it.</summary>
    Output,

    /// <summary>Records that cannot be labelled go to it.</summary>
    DeadLetter,
}
