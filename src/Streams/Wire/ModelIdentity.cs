namespace StreamNer.Streams.Wire;

/// <summary>Says which model made an event.</summary>
/// <param name="Name">The model folder's name, such as <c>en-ner-small</c>.</param>
/// <param name="Hash">Short hash of the model's files; part of the event's id, so that another model's events are other events.</param>
public sealed record ModelIdentity(string Name, string Hash);
