using StreamNer.Inference.Domain;

namespace StreamNer.Streams.Publishing;

/// <summary>A record that Kafka will never take as it is.</summary>
/// <param name="Index">Its place among the records that were handed over together.</param>
/// <param name="Code">Why.</param>
/// <param name="Message">Why, for a person.</param>
/// <param name="Alone">
/// True when the record itself was refused. False when the broker refused the request it travelled in: its neighbours may be to blame.
/// </param>
internal readonly record struct Refusal(int Index, FailureCode Code, string Message, bool Alone);
