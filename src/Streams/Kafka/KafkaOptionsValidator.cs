using Microsoft.Extensions.Options;

namespace StreamNer.Streams.Kafka;

/// <summary>Checks the Kafka section and reports all its problems.</summary>
internal sealed class KafkaOptionsValidator : IValidateOptions<KafkaOptions>
{
    private const int MaxTopicLength = 249;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, KafkaOptions options)
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(options.BootstrapServers))
            problems.Add($"{KafkaOptions.Section}:BootstrapServers is empty, it must name a broker, such as localhost:9092");
        if (string.IsNullOrWhiteSpace(options.GroupId))
            problems.Add($"{KafkaOptions.Section}:GroupId is empty, it must name the consumer group");
        if (options.ConnectTimeout <= TimeSpan.Zero)
            problems.Add($"{KafkaOptions.Section}:ConnectTimeout is {options.ConnectTimeout}, it must be more than zero");

        if (options.InstanceId is { Length: > 0 } instanceId && !IsTopicName(instanceId))
        {
            problems.Add($"{KafkaOptions.Section}:InstanceId is '{instanceId}', it must have 1 to {MaxTopicLength} letters, digits, dots, "
                + "underscores and hyphens of ASCII, or be empty for none");
        }

        Topics(options, problems);
        if (problems.Count == 0)
            problems.AddRange(ClientSettings.Problems(options));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Topics(KafkaOptions options, List<string> problems)
    {
        if (options.InputTopics.Count == 0)
            problems.Add($"{KafkaOptions.Section}:InputTopics is empty, it must name at least one topic");

        foreach (var topic in options.InputTopics)
        {
            if (!IsTopicName(topic))
                problems.Add($"{KafkaOptions.Section}:InputTopics has '{topic}', {TopicRule}");
            else if (!IsTopicName(options.DeadLetterTopicOf(topic)))
                problems.Add($"{KafkaOptions.Section}:DeadLetterTopic gives '{options.DeadLetterTopicOf(topic)}' for '{topic}', {TopicRule}");
            else if (options.InputTopics.Contains(options.DeadLetterTopicOf(topic)))
                problems.Add($"{KafkaOptions.Section}:DeadLetterTopic gives '{options.DeadLetterTopicOf(topic)}', which is an input topic: dead letters would be read again");
            else if (options.DeadLetterTopicOf(topic) == options.OutputTopic)
                problems.Add($"{KafkaOptions.Section}:DeadLetterTopic gives '{options.OutputTopic}', which is the output topic: readers of events would get dead letters");
        }

        if (!IsTopicName(options.OutputTopic))
            problems.Add($"{KafkaOptions.Section}:OutputTopic is '{options.OutputTopic}', {TopicRule}");
        else if (options.InputTopics.Contains(options.OutputTopic))
            problems.Add($"{KafkaOptions.Section}:OutputTopic is '{options.OutputTopic}', which is an input topic: events would be read again");
    }

    private static string TopicRule => $"a topic's name has 1 to {MaxTopicLength} letters, digits, dots, underscores and hyphens of ASCII";

    private static bool IsTopicName(string topic) =>
        topic.Length is > 0 and <= MaxTopicLength
        && topic is not ("." or "..")
        && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
