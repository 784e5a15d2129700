namespace StreamNer.Cli.Commands;

/// <summary>The broker answers, but has no such topic.</summary>
internal sealed class TopicMissingException(string topic, string bootstrapServers)
    : Exception($"{bootstrapServers} has no topic '{topic}'; name another one with --topic, or another broker with --set Kafka:BootstrapServers=HOST:PORT");
