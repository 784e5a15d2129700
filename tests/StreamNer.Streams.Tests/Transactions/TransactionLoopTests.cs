using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Transactions;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;

namespace StreamNer.Streams.Tests.Transactions;

/// <summary>When a transaction begins and ends, one rule each; what must hold whatever happens is in the model-based test.</summary>
public sealed class TransactionLoopTests : IDisposable
{
    private static readonly TransactionOptions Options = new() { MaxRecords = 4, Interval = TimeSpan.FromMilliseconds(100) };

    private readonly ManualClock _clock = new();
    private readonly PipelineStatus _status = new();
    private readonly StreamsTelemetry _telemetry;
    private readonly Client _client = new();
    private readonly TransactionLoop _loop;
    private readonly AssignedPartition _news = new("news", 0);
    private long _position;
    private int _underWay = 100;

    public TransactionLoopTests()
    {
        _telemetry = new StreamsTelemetry(_status, new KafkaOptions());
        _loop = new TransactionLoop(_client, Options, () => _underWay, _telemetry, NullLogger.Instance, _clock, () => { });
    }

    public void Dispose() => _telemetry.Dispose();

    [Fact]
    public void Without_answers_no_transaction_begins()
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Timeout.InfiniteTimeSpan, _loop.RunOnce());
        Assert.Empty(_client.Calls);
    }

    [Fact]
    public void A_transaction_waits_for_more_until_its_interval_is_over()
    {
        var settled = Settled(1);
        Assert.Equal(Options.Interval, _loop.RunOnce());
        _clock.Advance(Options.Interval - TimeSpan.FromTicks(1));
        _loop.RunOnce();
        Assert.False(settled.IsCompleted);

        _clock.Advance(TimeSpan.FromTicks(1));
        _loop.RunOnce();
        Assert.True(settled.IsCompletedSuccessfully);
        Assert.Equal(["begin", "produce 0", "commit news/0:1"], _client.Calls);
    }

    [Fact]
    public void A_transaction_ends_at_once_when_nothing_else_is_under_way()
    {
        _underWay = 2;
        Assert.True(Settled(2).IsCompletedSuccessfully);
    }

    [Fact]
    public void A_full_transaction_ends_at_once_and_what_comes_then_waits_for_the_next()
    {
        var first = Enqueue(4);
        _client.AutoAcknowledge = false;
        var second = Enqueue(1);
        _loop.RunOnce();
        Assert.False(second.Taken.IsCompleted);

        _client.AutoAcknowledge = true;
        var settled = _loop.SettleAsync(first.Batch);
        _loop.RunOnce();
        Assert.True(settled.IsCompletedSuccessfully);
        Assert.True(second.Taken.IsCompletedSuccessfully);
        Assert.Equal(["begin", "produce 0 1 2 3", "commit news/0:4", "begin", "produce 4"], _client.Calls);
    }

    [Fact]
    public void A_transaction_ends_at_once_while_somebody_waits()
    {
        _loop.Hurry(true);
        Assert.True(Settled(1).IsCompletedSuccessfully);

        _loop.Hurry(false);
        Assert.False(Settled(1).IsCompleted);
    }

    [Fact]
    public void A_transaction_that_ends_waits_until_every_batch_in_it_is_settled()
    {
        var first = Enqueue(1);
        var second = Enqueue(1);
        var settled = _loop.SettleAsync(first.Batch);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _loop.RunOnce();
        Assert.False(settled.IsCompleted);

        _loop.SettleAsync(second.Batch);
        _loop.RunOnce();
        Assert.True(settled.IsCompletedSuccessfully);
        Assert.Equal("commit news/0:2", _client.Calls[^1]);
    }

    [Fact]
    public void What_the_brokers_refuse_comes_back_and_the_rest_is_sent_again_in_order()
    {
        _client.AutoAcknowledge = false;
        var first = Enqueue(2);
        var second = Enqueue(1);
        _client.Answer(0, new Refusal(1, FailureCode.EventTooLarge, "too large", Alone: false));
        _loop.RunOnce();
        Assert.DoesNotContain("abort", _client.Calls);

        // What the client had not sent yet it throws away: only then all is reported.
        _client.Purge(0);
        _loop.RunOnce();
        Assert.False(first.Acknowledged.IsCompleted);
        Assert.Equal(["begin", "produce 0 1", "produce 2", "abort", "begin", "produce 0"], _client.Calls);

        _client.Answer(0);
        _loop.RunOnce();
        Assert.Equal("produce 2", _client.Calls[^1]);
        _client.AutoAcknowledge = true;
        _client.Answer(0);
        _loop.RunOnce();
        Assert.Equal(1, Assert.Single(Result(first.Acknowledged)).Index);
        Assert.Empty(Result(second.Acknowledged));

        // The dead letter travels in the same transaction, which has waited for it.
        _loop.SettleAsync(second.Batch);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _loop.RunOnce();
        Assert.DoesNotContain(_client.Calls, call => call.StartsWith("commit", StringComparison.Ordinal));
        _loop.EnqueueAsync(first.Batch, new[] { Answer(1) });
        _loop.SettleAsync(first.Batch);
        _loop.RunOnce();
        Assert.Equal(["produce 1", "commit news/0:3"], _client.Calls.TakeLast(2));
    }

    [Fact]
    public void What_was_told_of_refused_records_does_not_change_when_the_transaction_is_begun_once_more()
    {
        _client.AutoAcknowledge = false;
        var batch = Enqueue(3);
        var refusal = new Refusal(1, FailureCode.EventTooLarge, "too large", Alone: false);
        _client.Answer(0, refusal, refusal with { Index = 0 });
        _loop.RunOnce();
        _client.Answer(0);
        _loop.RunOnce();
        using var told = Result(batch.Acknowledged).GetEnumerator();
        Assert.True(told.MoveNext());

        var letter = _loop.EnqueueAsync(batch.Batch, new[] { Answer(0) });
        _loop.RunOnce();
        _client.Answer(0, refusal with { Index = 0 });
        _loop.RunOnce();
        _client.Answer(0);
        _loop.RunOnce();
        _client.Answer(0);
        _loop.RunOnce();

        Assert.True(letter.IsCompletedSuccessfully);
        Assert.Equal(0, told.Current.Index);
        Assert.True(told.MoveNext());
        Assert.Equal(1, told.Current.Index);
        Assert.False(told.MoveNext());
    }

    [Fact]
    public void A_batch_that_the_client_does_not_take_since_it_knows_of_a_refused_record_is_sent_again_with_the_others()
    {
        _client.AutoAcknowledge = false;
        var first = Enqueue(1);
        _client.OnProduce = () => throw new TransactionFailedException("erroneous state", TransactionWay.Abort);
        var second = Enqueue(1);
        Assert.False(second.Taken.IsCompleted);

        _client.OnProduce = () => { };
        _client.AutoAcknowledge = true;
        _client.Answer(0, new Refusal(0, FailureCode.PublishRefused, "no", Alone: false));
        _loop.RunOnce();
        Assert.Single(Result(first.Acknowledged));
        Assert.True(second.Taken.IsCompletedSuccessfully);
        Assert.Equal("produce 1", _client.Calls[^1]);
    }

    [Fact]
    public void Records_that_the_client_throws_away_without_a_refused_one_are_sent_again_and_the_third_time_end_the_run()
    {
        _client.AutoAcknowledge = false;
        var batch = Enqueue(1);
        _client.Purge(0);
        _loop.RunOnce();
        Assert.Equal(["begin", "produce 0", "abort", "begin", "produce 0"], _client.Calls);

        _client.Purge(0);
        _loop.RunOnce();
        Assert.False(batch.Acknowledged.IsCompleted);
        _client.Purge(0);
        _loop.RunOnce();
        Assert.True(batch.Acknowledged.IsFaulted);
        Assert.Equal("abort", _client.Calls[^1]);
    }

    [Fact]
    public void A_client_that_takes_nothing_more_before_it_tells_what_it_threw_away_is_tried_again()
    {
        _client.AutoAcknowledge = false;
        var first = Enqueue(1);
        _client.OnProduce = () => throw new TransactionFailedException("erroneous state", TransactionWay.Abort);
        var second = Enqueue(1);
        _client.OnProduce = () => { };
        _client.AutoAcknowledge = true;
        _client.Purge(0);
        _loop.RunOnce();
        Assert.Empty(Result(first.Acknowledged));
        Assert.True(second.Taken.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_record_that_is_refused_before_it_is_sent_costs_no_transaction()
    {
        _client.AutoAcknowledge = false;
        var batch = Enqueue(2);
        _client.Answer(0, new Refusal(0, FailureCode.EventTooLarge, "too large", Alone: true));
        _loop.RunOnce();
        Assert.Single(Result(batch.Acknowledged));
        Assert.DoesNotContain("abort", _client.Calls);
    }

    [Fact]
    public void Answers_for_a_partition_that_was_taken_away_are_aborted()
    {
        var batch = Enqueue(1);
        _news.Release();
        var settled = _loop.SettleAsync(batch.Batch);
        _clock.Advance(Options.Interval);
        _loop.RunOnce();
        Assert.Contains("news/0 was taken away", settled.Exception!.InnerException!.Message, StringComparison.Ordinal);
        Assert.Equal(["begin", "produce 0", "abort"], _client.Calls);
    }

    [Fact]
    public void A_batch_of_which_nothing_was_answered_is_settled_without_a_transaction()
    {
        var batch = Records.Batch(_news, 7, "a");
        var taken = _loop.EnqueueAsync(batch, Array.Empty<OutgoingRecord>());
        var settled = _loop.SettleAsync(batch);
        _loop.RunOnce();
        Assert.True(taken.IsCompletedSuccessfully);
        Assert.True(settled.IsCompletedSuccessfully);
        Assert.Empty(_client.Calls);
    }

    [Fact]
    public void Offsets_that_are_refused_are_sent_again_with_all_answers()
    {
        var refused = false;
        _client.OnCommit = () =>
        {
            if (!refused)
            {
                refused = true;
                throw new TransactionFailedException("the group has gone on", TransactionWay.Abort);
            }
        };
        _underWay = 1;
        var settled = Settled(1);
        Assert.False(settled.IsCompleted);
        _clock.Advance(_loop.RunOnce()!.Value);
        _loop.RunOnce();
        Assert.True(settled.IsCompletedSuccessfully);
        Assert.Equal(["begin", "produce 0", "abort", "begin", "produce 0", "commit news/0:1"], _client.Calls);
    }

    [Fact]
    public void However_slow_the_machine_is_a_commit_that_was_refused_is_tried_again_without_being_woken() => Gen.Int[1, 300].Sample(step =>
    {
        var client = new Client();
        var clock = new SlowClock(TimeSpan.FromMilliseconds(step));
        var loop = new TransactionLoop(client, Options, () => 1, _telemetry, NullLogger.Instance, clock, () => { });
        client.OnCommit = () =>
        {
            client.OnCommit = () => { };
            throw new TransactionFailedException("the group has gone on", TransactionWay.Abort);
        };
        var batch = Records.Batch(_news, 0, "text");
        batch.Results[0].Answer = Answer(0);
        loop.EnqueueAsync(batch, new[] { Answer(0) });
        loop.RunOnce();
        var settled = loop.SettleAsync(batch);
        for (var wait = loop.RunOnce(); !settled.IsCompleted; wait = loop.RunOnce())
        {
            Assert.NotEqual(Timeout.InfiniteTimeSpan, wait);
            clock.Now += wait!.Value;
        }
    });

    [Fact]
    public void Offsets_that_are_refused_again_and_again_end_the_run_and_whatever_comes_then_fails_as_well()
    {
        _client.OnCommit = () => throw new TransactionFailedException("no", TransactionWay.Abort);
        _underWay = 1;
        var settled = Settled(1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _loop.RunOnce();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _loop.RunOnce();
        Assert.Equal(3, _client.Calls.Count(call => call == "begin"));
        Assert.Equal("no", settled.Exception!.InnerException!.Message);
        Assert.Equal("abort", _client.Calls[^1]);

        var later = Enqueue(1);
        Assert.True(later.Taken.IsFaulted);
    }

    [Fact]
    public void What_is_fenced_is_not_aborted_and_says_so()
    {
        _client.OnCommit = () => throw new TransactionFailedException("another has the name", TransactionWay.Fenced);
        _underWay = 1;
        var failure = Assert.IsType<TransactionFailedException>(Settled(1).Exception!.InnerException);
        Assert.Equal(TransactionWay.Fenced, failure.Way);
        Assert.DoesNotContain("abort", _client.Calls);
    }

    [Fact]
    public void A_transaction_that_outlived_its_timeout_is_not_taken_for_another_instances_doing()
    {
        var batch = Enqueue(1);
        _clock.Advance(Options.Timeout);
        _client.OnCommit = () => throw new TransactionFailedException("another has the name", TransactionWay.Fenced);
        var settled = _loop.SettleAsync(batch.Batch);
        _loop.RunOnce();
        var failure = Assert.IsType<TransactionFailedException>(settled.Exception!.InnerException);
        Assert.Equal(TransactionWay.NewClient, failure.Way);
        Assert.Contains("open for 15 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_abort_that_finds_the_name_taken_says_so()
    {
        _client.AutoAcknowledge = false;
        var batch = Enqueue(1);
        _client.OnAbort = () => throw new TransactionFailedException("another has the name", TransactionWay.Fenced);
        _client.Fail(0);
        _loop.RunOnce();
        var failure = Assert.IsType<TransactionFailedException>(batch.Acknowledged.Exception!.InnerException);
        Assert.Equal(TransactionWay.Fenced, failure.Way);
    }

    [Fact]
    public void A_stop_aborts_what_is_open()
    {
        var batch = Enqueue(1);
        _loop.Stop();
        Assert.Null(_loop.RunOnce());
        Assert.Equal("abort", _client.Calls[^1]);
        Assert.Equal(TimeSpan.Zero, _loop.OpenFor);
        var settled = _loop.SettleAsync(batch.Batch);
        Assert.Null(_loop.RunOnce());
        Assert.True(settled.IsFaulted);
    }

    [Fact]
    public void How_long_a_transaction_has_been_open_is_told_until_it_ends()
    {
        Assert.Equal(TimeSpan.Zero, _loop.OpenFor);
        var batch = Enqueue(1);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), _loop.OpenFor);

        _loop.SettleAsync(batch.Batch);
        _loop.RunOnce();
        Assert.Equal(TimeSpan.Zero, _loop.OpenFor);
    }

    private (RecordBatch Batch, Task<Delivery> Taken, Task<IReadOnlyList<Refusal>> Acknowledged) Enqueue(int records)
    {
        var batch = Records.Batch(_news, _position, [.. Enumerable.Repeat("text", records)]);
        var answers = new OutgoingRecord[records];
        for (var i = 0; i < records; i++)
            batch.Results[i].Answer = answers[i] = Answer(_position++);
        var taken = _loop.EnqueueAsync(batch, answers);
        _loop.RunOnce();
        return (batch, taken, taken.IsCompletedSuccessfully ? Result(taken).Acknowledged : Task.FromResult(Delivery.NoRefusals));
    }

    private Task Settled(int records)
    {
        var settled = _loop.SettleAsync(Enqueue(records).Batch);
        _loop.RunOnce();
        return settled;
    }

    private static OutgoingRecord Answer(long offset) => new("entities", BitConverter.GetBytes(offset), [1], []);

    private static T Result<T>(Task<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Time goes by between one look at it and the next.</summary>
    private sealed class SlowClock(TimeSpan step) : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => (Now += step).Ticks;
    }

    /// <summary>Notes what it is asked for, and does what the test says.</summary>
    private sealed class Client : ITransactionClient
    {
        private readonly List<TaskCompletionSource<IReadOnlyList<Refusal>>> _open = [];

        public List<string> Calls { get; } = [];

        public bool AutoAcknowledge { get; set; } = true;

        public Action OnCommit { get; set; } = () => { };

        public Action OnAbort { get; set; } = () => { };

        public Action OnProduce { get; set; } = () => { };

        public int Unacknowledged => 0;

        public void Begin() => Calls.Add("begin");

        public Delivery Produce(ReadOnlyMemory<OutgoingRecord> records)
        {
            OnProduce();
            Calls.Add($"produce {string.Join(' ', records.ToArray().Select(record => BitConverter.ToInt64(record.Key)))}");
            if (AutoAcknowledge)
                return new Delivery(Task.FromResult(Delivery.NoRefusals));
            _open.Add(new TaskCompletionSource<IReadOnlyList<Refusal>>());
            return new Delivery(_open[^1].Task);
        }

        public GroupGeneration ReadGeneration() => new(1);

        public void Commit(IReadOnlyList<PartitionOffset> offsets, GroupGeneration generation)
        {
            OnCommit();
            Calls.Add($"commit {string.Join(' ', offsets.Select(one => $"{one.Id.Topic}/{one.Id.Partition}:{one.Offset}"))}");
        }

        public void Abort(TimeSpan? atMost = null)
        {
            OnAbort();
            Calls.Add("abort");
            foreach (var open in _open)
                open.TrySetException(new PublishFailedException("purged"));
            _open.Clear();
        }

        public void Answer(int which, params Refusal[] refusals) => Take(which).SetResult(refusals);

        public void Purge(int which) =>
            Take(which).SetException(new PublishPurgedException("thrown away", [], new InvalidOperationException()));

        public void Fail(int which) => Take(which).SetException(new PublishFailedException("broken"));

        public void Dispose()
        {
        }

        private TaskCompletionSource<IReadOnlyList<Refusal>> Take(int which)
        {
            var taken = _open[which];
            _open.RemoveAt(which);
            return taken;
        }
    }
}
