namespace StreamNer.Host.Web;

/// <summary>Knows when the last answer of a stop is given: the server stops first of all services, and this one right behind it.</summary>
internal sealed class AnswersGiven : IHostedService
{
    private readonly TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _expected;

    /// <summary>Says that the server is about to be stopped. Whatever ends the actors before that need not wait for its answers.</summary>
    public void Expect() => _expected = true;

    /// <summary>Waits for the last answer, where a stop was asked for.</summary>
    /// <param name="atMost">The longest wait.</param>
    /// <param name="clock">Measures it.</param>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock)
    {
        if (_expected)
            await Task.WhenAny(_given.Task, Task.Delay(atMost, clock));
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _given.TrySetResult();
        return Task.CompletedTask;
    }
}
