namespace StreamNer.Streams.Pipeline;

/// <summary>
/// Says how long to wait before the next start: twice as long each time, up to a limit, and a little at random. A pure rule.
/// </summary>
/// <remarks>The random part keeps instances that lost the same broker from coming back all at once.</remarks>
internal sealed class RestartBackoff(TimeSpan min, TimeSpan max, Random random)
{
    private const double RandomShare = 0.2;

    /// <summary>Restarts in a row.</summary>
    public int Attempts { get; private set; }

    /// <summary>The wait after a run that failed.</summary>
    /// <param name="ranFor">How long it ran; longer than the longest wait means that it had worked.</param>
    public TimeSpan Next(TimeSpan ranFor)
    {
        if (ranFor > max)
            Attempts = 0;

        var doubled = min * Math.Pow(2, Math.Min(Attempts, 30));
        Attempts++;
        return (doubled < max ? doubled : max) * (1 + RandomShare * random.NextDouble());
    }
}
