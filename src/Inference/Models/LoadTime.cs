namespace StreamNer.Inference.Models;

/// <summary>Bounds how long a model may take to be loaded and tried out: a graph can loop for ever.</summary>
internal static class LoadTime
{
    /// <summary>Runs a piece of work that ends when its token is cancelled, which it is once the time is over.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="limit">The time.</param>
    /// <param name="setting">Where the time is set, for the message.</param>
    /// <param name="work">The work.</param>
    /// <param name="stop">Ends the work before.</param>
    /// <exception cref="ModelLoadException">The time was over.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static T Within<T>(string folder, TimeSpan limit, string setting, Func<CancellationToken, T> work, CancellationToken stop)
    {
        using var time = new CancellationTokenSource(limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, stop);
        try
        {
            return work(either.Token);
        }
        catch (OperationCanceledException ended) when (time.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new ModelLoadException(folder, [Problem(limit, setting)], ended);
        }
    }

    /// <summary>Says that the time was over.</summary>
    public static string Problem(TimeSpan limit, string setting) =>
        $"the model was not loaded and tried out within {setting}, {limit}: it needs longer, or its graph loops for ever";
}
