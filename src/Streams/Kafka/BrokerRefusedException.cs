namespace StreamNer.Streams.Kafka;

/// <summary>A broker answers, but refuses what a verb asks of it: mostly a right that is missing.</summary>
internal sealed class BrokerRefusedException(string what, string reason, Exception inner) : Exception($"the broker refuses {what}: {reason}", inner);
