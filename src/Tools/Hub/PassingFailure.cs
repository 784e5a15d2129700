namespace StreamNer.Tools.Hub;

/// <summary>A request failed in a way that may be gone the next time: no connection, no answer, a busy hub.</summary>
internal sealed class PassingFailure(string message, TimeSpan? retryAfter = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How long the hub asks to wait; null when it doesn't.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
