using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.DeadLetters;

/// <summary>
/// Reads one dead-letter topic to its present end, and sends its letters back to where they came from. Blocks while it reads.
/// </summary>
/// <param name="kafka">The broker.</param>
/// <param name="topic">The topic.</param>
/// <param name="partitions">How many partitions it has.</param>
/// <param name="uncommitted">Whether letters of transactions that are open or were aborted are read as well.</param>
internal sealed class DeadLetterTopic(KafkaOptions kafka, string topic, int partitions, bool uncommitted = false)
{
    /// <summary>Letters that are sent and then committed together: so many come twice at most when a replay is killed.</summary>
    private const int Chunk = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(30);

    /// <summary>The group in which replays note what they have sent of a code and an input topic.</summary>
    public string GroupOf(ReplayNote note) => $"{kafka.GroupId}.dlq-replay.{note.Code}.{note.Topic}";

    /// <summary>The letters in it, from its beginning to its present end; those of a partition in order.</summary>
    /// <exception cref="TimeoutException">The broker does not hand them out.</exception>
    public IEnumerable<DeadLetter> Letters(CancellationToken stop)
    {
        // What comes meanwhile is not read: a replay would meet the letters that it has caused itself.
        using var tail = new TopicTail(kafka, [(topic, partitions)], uncommitted: uncommitted) { ReadsToPresentEnd = true };
        var heard = Environment.TickCount64;
        while (!tail.IsAtEnd)
        {
            stop.ThrowIfCancellationRequested();
            if (tail.Next(Patience) is { } entry)
            {
                heard = Environment.TickCount64;
                yield return DeadLetter.Read(entry);
            }
            else if (Environment.TickCount64 - heard > MostSilence.TotalMilliseconds)
            {
                throw new TimeoutException($"the broker of {topic} has not answered for {MostSilence.TotalSeconds:0} s");
            }
        }
    }

    /// <summary>Sends letters back that no earlier replay has sent.</summary>
    /// <param name="publisher">Writes them; null to only look.</param>
    /// <param name="filter">Which letters.</param>
    /// <param name="max">How many, at most.</param>
    /// <param name="chosen">Told of each letter that is sent, or would be.</param>
    /// <param name="stop">Ends it between two chunks; what was sent by then is noted.</param>
    public async Task<ReplayOutcome> ReplayAsync(IEventPublisher? publisher, DeadLetterFilter filter, int max, Action<DeadLetter> chosen,
        CancellationToken stop)
    {
        using var groups = new GroupOffsets(kafka);
        var progress = new ReplayProgress();
        HashSet<ReplayNote> known = [];
        List<DeadLetter> chunk = [];
        var outcome = new ReplayOutcome();
        var selection = new TopicSelection(kafka);
        foreach (var letter in Letters(stop))
        {
            if (!filter.Matches(letter))
            {
                outcome = outcome with { Filtered = outcome.Filtered + 1 };
            }
            else if (letter.Topic is null || !selection.Contains(letter.Topic))
            {
                // Anybody may write any name into a header: what is not ours to read is nothing to note either.
                outcome = outcome with { Foreign = outcome.Foreign + 1 };
            }
            else if (letter.LacksValue)
            {
                outcome = outcome with { WithoutValue = outcome.WithoutValue + 1 };
            }
            else if (await WasSentAsync(letter).ConfigureAwait(false))
            {
                outcome = outcome with { SentBefore = outcome.SentBefore + 1 };
            }
            else if (outcome.Sent + outcome.Refused + chunk.Count == max)
            {
                outcome = outcome with { MoreLeft = true };
                break;
            }
            else
            {
                chosen(letter);
                chunk.Add(letter);
            }

            if (chunk.Count == Chunk)
                outcome = await SendAsync().ConfigureAwait(false);
        }

        return await SendAsync().ConfigureAwait(false);

        async Task<bool> WasSentAsync(DeadLetter letter)
        {
            var note = ReplayNote.Of(letter);
            if (known.Add(note))
                progress.Load(note, await groups.ReadAsync(GroupOf(note), topic, partitions).ConfigureAwait(false));
            return progress.WasSent(letter);
        }

        async Task<ReplayOutcome> SendAsync()
        {
            var sent = outcome with { Sent = outcome.Sent + chunk.Count };
            if (publisher is not null && chunk.Count > 0)
            {
                var refused = await SendChunkAsync(publisher, chunk).ConfigureAwait(false);
                sent = sent with { Sent = sent.Sent - refused, Refused = sent.Refused + refused };

                // What was refused is passed over as well: it would be refused again, and still stands in the dead-letter topic.
                foreach (var letter in chunk)
                    progress.Sent(letter);
                foreach (var note in progress.Changed)
                    await groups.WriteAsync(GroupOf(note), topic, progress.OffsetsOf(note)).ConfigureAwait(false);
                progress.Saved();
            }

            chunk.Clear();
            return sent;
        }
    }

    private static async Task<int> SendChunkAsync(IEventPublisher publisher, List<DeadLetter> chunk)
    {
        var refusals = await RefusalsAsync(publisher, [.. chunk.Select(letter => letter.Original())]).ConfigureAwait(false);
        var refused = 0;
        foreach (var refusal in refusals)
        {
            // A broker refuses whole requests: a neighbour may have been to blame.
            var again = refusal.Alone ? [refusal] : await RefusalsAsync(publisher, [chunk[refusal.Index].Original()]).ConfigureAwait(false);
            refused += again.Count;
        }

        return refused;
    }

    private static async Task<IReadOnlyCollection<Refusal>> RefusalsAsync(IEventPublisher publisher, OutgoingRecord[] records)
    {
        var delivery = await publisher.EnqueueAsync(records.AsMemory()).ConfigureAwait(false);
        return await delivery.Acknowledged.ConfigureAwait(false);
    }
}
