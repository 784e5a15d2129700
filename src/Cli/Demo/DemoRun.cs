using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Health;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Demo;

/// <summary>Sends documents into the running service and follows them until each has come out.</summary>
internal sealed class DemoRun(Service service, KafkaOptions kafka, IReadOnlyList<string> documents, int count, TimeProvider clock)
    : IDisposable
{
    /// <summary>Events waiting to be shown. The reader must not fall behind: the embedded broker drops what is not read in time.</summary>
    private const int MaxWaiting = 65_536;

    /// <summary>
    /// Documents sent and not yet seen again. Sent all at once they would come out all at once, and nobody would see them flow.
    /// </summary>
    public const int MaxOnTheirWay = 96;

    private static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan BetweenKeptDocuments = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _room = new(MaxOnTheirWay);

    /// <summary>What came through.</summary>
    public DemoScore Score { get; } = new(count);

    /// <summary>Runs until all documents are through.</summary>
    /// <param name="view">Where it is shown.</param>
    /// <param name="keep">Whether to go on showing what others send, until stopped.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="DemoStalledException">The service is not ready, or nothing comes out, for a minute.</exception>
    public async Task FollowAsync(IDemoView view, bool keep, CancellationToken stop)
    {
        await ReadyAsync(view, stop);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, service.Ending);
        var events = Channel.CreateBounded<DemoEvent>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, SingleWriter = true });
        var reading = Task.Factory.StartNew(() =>
            Read(events.Writer, ending.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var sending = SendAsync(keep, ending.Token);
        try
        {
            await ShowAsync(view, events.Reader, sending, keep, ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(reading, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private async Task ReadyAsync(IDemoView view, CancellationToken stop)
    {
        var readiness = service.Services.GetRequiredService<Readiness>();
        var begun = clock.GetTimestamp();
        string? told = null;
        while (await readiness.ReasonsAgainstAsync(stop) is { Count: > 0 } reasons)
        {
            if (service.Ending.IsCancellationRequested || clock.GetElapsedTime(begun) > MostSilence)
                throw new DemoStalledException($"the service is not ready: {string.Join("; ", reasons)}");
            if (told is null)
                view.Waiting(told = "Waiting for the model to load and the consumer group to settle");
            await Task.Delay(Tick, clock, stop);
        }
    }

    private async Task SendAsync(bool keep, CancellationToken stop)
    {
        using var feed = await TopicFeed.OpenAsync(kafka, kafka.InputTopics[0], EmbeddedBroker.DefaultPartitions);
        for (var i = 0; i < count; i++)
        {
            await _room.WaitAsync(stop);

            // Before the send: the event can come back before this thread runs again.
            Score.Sent(i, Stopwatch.GetTimestamp());
            await feed.WriteAsync(i.ToString(CultureInfo.InvariantCulture), documents[i % documents.Count], stop);
        }

        // Documents that were counted before are not counted again, nor shown here: they are for those who look at the web page.
        for (var i = 0; keep; i = (i + 1) % count)
        {
            await Task.Delay(BetweenKeptDocuments, clock, stop);
            await feed.WriteAsync(i.ToString(CultureInfo.InvariantCulture), documents[i % documents.Count], stop);
        }

        // The producer must live until everything has been sent.
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Read(ChannelWriter<DemoEvent> events, CancellationToken stop)
    {
        try
        {
            string[] topics = [kafka.OutputTopic, kafka.DeadLetterTopicOf(kafka.InputTopics[0])];
            using var tail = new TopicTail(kafka, topics.Select(topic => (topic, EmbeddedBroker.DefaultPartitions)));
            while (!stop.IsCancellationRequested)
            {
                if (tail.Next(Tick) is { } entry && DemoEvent.Of(entry, kafka.OutputTopic, Stopwatch.GetTimestamp()) is { } demoEvent)
                    events.WriteAsync(demoEvent, stop).AsTask().GetAwaiter().GetResult();
            }

            events.Complete();
        }
        catch (Exception failure)
        {
            events.Complete(failure);
        }
    }

    private async Task ShowAsync(IDemoView view, ChannelReader<DemoEvent> events, Task sending, bool keep, CancellationToken stop)
    {
        var lastNews = clock.GetTimestamp();
        while (keep || !Score.IsComplete)
        {
            while (events.TryRead(out var demoEvent))
            {
                var counted = Score.Add(demoEvent);
                if (counted)
                    _room.Release();
                if (counted || demoEvent.Number is null)
                    view.Show(demoEvent, demoEvent.Number is { } number ? documents[number % documents.Count] : null, Score);
                lastNews = clock.GetTimestamp();
                if (Score.IsComplete && !keep)
                    break;
            }

            view.Refresh(Score);
            if (sending.IsFaulted)
                await sending;
            if (!Score.IsComplete && clock.GetElapsedTime(lastNews) > MostSilence)
            {
                throw new DemoStalledException($"{Score.Through} of {Score.Expected} documents came through, then nothing for "
                    + $"{MostSilence.TotalSeconds:0} s");
            }

            using var tick = CancellationTokenSource.CreateLinkedTokenSource(stop);
            tick.CancelAfter(Tick);
            if (!await WaitAsync(events, tick.Token, stop))
                return;
        }

        view.Refresh(Score);
    }

    /// <returns>False when there will be no more events.</returns>
    private static async Task<bool> WaitAsync(ChannelReader<DemoEvent> events, CancellationToken tick, CancellationToken stop)
    {
        try
        {
            return await events.WaitToReadAsync(tick);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return true;
        }
    }
}

/// <summary>The demo waited long enough for something that did not come.</summary>
internal sealed class DemoStalledException(string message) : Exception(message);
