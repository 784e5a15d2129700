namespace StreamNer.Actors.Recognition;

/// <summary>
/// Tells whoever asked that the recognition actor stopped before it could answer. Nothing is known of the documents: ask again.
/// </summary>
internal sealed class RecognitionStoppedException() : Exception("recognition stopped before the documents were labelled");

/// <summary>Tells whoever asked that too much waits already. Nothing was begun.</summary>
/// <param name="waiting">Characters that wait for their labels.</param>
/// <param name="limit">How many may.</param>
/// <param name="retryAfter">When to ask again: as long as the oldest question has waited, between 1 and 30 seconds.</param>
internal sealed class RecognitionBusyException(long waiting, long limit, TimeSpan retryAfter) : Exception(
    $"texts of {waiting} characters wait for their labels, "
        + $"{RecognitionOptions.Section}:{nameof(RecognitionOptions.MaxWaitingCharacters)} is {limit}: "
        + "ask again later, or send less at once")
{
    /// <summary>When to ask again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>
/// Answers a question that was called back or whose time was up, should somebody listen after all. What was open of it is dropped.
/// </summary>
internal sealed class RecognitionAbandonedException(string why) : Exception($"the question was dropped: {why}");
