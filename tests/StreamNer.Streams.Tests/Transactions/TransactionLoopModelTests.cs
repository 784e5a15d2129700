using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Transactions;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;

namespace StreamNer.Streams.Tests.Transactions;

/// <summary>
/// Drives the rules of transactions through a broker, a group, a stream and a clock that do anything at any moment, and holds what exactly
/// once means: of every partition, each record below the committed offset is answered by one record that is seen, and none above it is.
/// </summary>
/// <remarks>
/// The broker of this model keeps what a real one keeps: what is produced is seen when its transaction is committed, offsets count with it,
/// and an offset that comes with an old generation is refused. Partitions are given to another member, which answers their records at
/// once; the loop's own member hears of it now, later, or in the middle of a commit. Processes are killed, producers fenced, answers of the
/// broker lost. What is checked stands at the checks in <see cref="World"/>.
/// </remarks>
public sealed class TransactionLoopModelTests
{
    private static readonly Gen<Step[]> Scripts = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 999], Step.Of).Array[0, 120];

    [Fact]
    public void Whatever_happens_each_record_below_the_committed_offset_is_answered_once_and_none_above_it() =>
        Scripts.Sample(
            script =>
            {
                using var world = new World(script);
                world.Run();
            },
            iter: 20_000,
            print: script => string.Join(", ", script));

    private enum Act
    {
        Arrive,
        Turn,
        Acknowledge,
        Refuse,
        RefuseBeforeSending,
        FailRecord,
        Advance,
        Lose,
        Hear,
        RevokeLate,
        Assign,
        Hurry,
        RefuseCommit,
        LoseAnswer,
        Fence,
        Kill,
    }

    private readonly record struct Step(Act Act, int Number)
    {
        /// <summary>Whether it may happen while the loop talks to the broker.</summary>
        public bool IsOfGroup => Act is Act.Lose or Act.Hear or Act.RevokeLate or Act.Assign or Act.Advance;

        public static Step Of(int kind, int number) => new(
            kind switch
            {
                < 25 => Act.Arrive,
                < 40 => Act.Turn,
                < 62 => Act.Acknowledge,
                < 65 => Act.Refuse,
                < 67 => Act.RefuseBeforeSending,
                < 68 => Act.FailRecord,
                < 78 => Act.Advance,
                < 82 => Act.Lose,
                < 86 => Act.Hear,
                < 89 => Act.RevokeLate,
                < 93 => Act.Assign,
                < 95 => Act.Hurry,
                < 96 => Act.RefuseCommit,
                < 97 => Act.LoseAnswer,
                < 98 => Act.Fence,
                _ => Act.Kill,
            },
            number);

        public override string ToString() => $"{Act} {Number}";
    }

    private sealed class World : IDisposable
    {
        private const int PartitionCount = 3;

        private static readonly TransactionOptions Options = new()
        {
            MaxRecords = 6,
            Interval = TimeSpan.FromMilliseconds(100),
            Timeout = TimeSpan.FromSeconds(15),
        };

        private readonly Queue<Step> _script;
        private readonly ManualClock _clock = new();
        private readonly PipelineStatus _status = new();
        private readonly StreamsTelemetry _telemetry;

        // The brokers' state.
        private readonly long[] _committed = new long[PartitionCount];
        private readonly List<long>[] _seen = [.. Enumerable.Range(0, PartitionCount).Select(_ => new List<long>())];
        private readonly bool[] _isOurs = [.. Enumerable.Repeat(true, PartitionCount)];
        private int _generation = 1;
        private bool _refuseCommit;
        private bool _loseAnswer;
        private string? _broken;

        private Instance _instance = null!;

        public World(Step[] script)
        {
            _script = new Queue<Step>(script);
            _telemetry = new StreamsTelemetry(_status, new KafkaOptions());
            Start();
        }

        public void Run()
        {
            while (_script.TryDequeue(out var step))
            {
                Play(step);
                if (step.Number % 3 != 0)
                    Turn();
            }

            // From here on nothing fails any more: a run that can go on does, and one that can't is followed by one that does.
            (_refuseCommit, _loseAnswer) = (false, false);
            WorkOn();
            if (_instance.HasFailed || _instance.Client.IsBeyondRepair)
                Start();
            Hear();
            for (var partition = 0; partition < PartitionCount; partition++)
                Assign(partition);
            var before = _committed.Sum();
            Arrive(7);
            WorkOn();
            Hold(!_instance.HasFailed, "nothing fails any more");
            Hold(_instance.UnderWay == 0, "what is under way is committed when nothing fails");
            Hold(_committed.Sum() > before, "a batch that comes is committed");
            Stop();
        }

        public void Dispose() => _telemetry.Dispose();

        private void Play(Step step)
        {
            var partition = step.Number % PartitionCount;
            switch (step.Act)
            {
                case Act.Arrive:
                    Arrive(step.Number);
                    break;
                case Act.Turn:
                    Turn();
                    break;
                case Act.Acknowledge:
                    _instance.Client.Acknowledge(step.Number);
                    break;
                case Act.Refuse:
                    _instance.Client.Refuse(step.Number, beforeSending: false);
                    break;
                case Act.RefuseBeforeSending:
                    _instance.Client.Refuse(step.Number, beforeSending: true);
                    break;
                case Act.FailRecord:
                    _instance.Client.FailOne();
                    break;
                case Act.Advance:
                    _clock.Advance(TimeSpan.FromMilliseconds(step.Number % 150));
                    break;
                case Act.Lose when _isOurs[partition]:
                    GiveAway(partition, step.Number);
                    break;
                case Act.Hear:
                    Hear();
                    break;
                case Act.RevokeLate when _isOurs[partition]:
                    // The handler's time is over: it returns although records are under way, and the group goes on.
                    _instance.Partitions[partition].Release();
                    GiveAway(partition, step.Number);
                    Hear();
                    break;
                case Act.Assign:
                    Assign(partition);
                    break;
                case Act.Hurry:
                    _instance.Hurry(step.Number % 2 == 0);
                    break;
                case Act.RefuseCommit:
                    _refuseCommit = true;
                    break;
                case Act.LoseAnswer:
                    _loseAnswer = true;
                    break;
                case Act.Fence:
                    _instance.Client.Fence();
                    break;
                case Act.Kill:
                    Start();
                    break;
            }
        }

        // Kills whatever runs: what it has open is aborted by the brokers when the next one takes the name.
        private void Start()
        {
            _instance?.Client.Kill();
            for (var partition = 0; partition < PartitionCount; partition++)
                _isOurs[partition] = true;
            _generation++;
            _instance = new Instance(this);
        }

        private void Turn()
        {
            if (_instance.Turn())
                return;
            Hold(_instance.NobodyWaits, "when a run fails, nobody waits for it any more");
            Hold(!_instance.Client.IsOpen || _instance.Client.IsBeyondRepair, "what fails is aborted, if the client still can");
            Start();
        }

        private void WorkOn()
        {
            for (var turns = 0; turns < 40 && _instance.UnderWay > 0 && !_instance.HasFailed; turns++)
            {
                Hear();
                _instance.Client.AcknowledgeAll();
                _clock.Advance(TimeSpan.FromMilliseconds(60));
                _instance.Turn();
            }
        }

        private void Stop()
        {
            Arrive(7);
            _instance.Turn();
            _instance.Stop();
            Hold(!_instance.Client.IsOpen, "a stop leaves no transaction open");
            Hold(_instance.NobodyWaits, "when a run is stopped, nobody waits for it any more");
        }

        private void Arrive(int number)
        {
            var builder = new RecordBatch.Builder(16, long.MaxValue);
            for (var i = 0; i < PartitionCount; i++)
            {
                var partition = (number + i) % PartitionCount;
                for (var count = number >> (2 * i) & 3; count > 0 && !_instance.Partitions[partition].IsOver; count--)
                {
                    var offset = _instance.Position[partition]++;
                    builder.Add(new KafkaRecord(_instance.Partitions[partition], offset, Key(partition, offset), [], [], null));
                }
            }

            if (builder.Count > 0)
                _instance.Take(builder.Build());
        }

        // The other member has nothing else to do: it answers some records at once.
        private void GiveAway(int partition, int number)
        {
            _isOurs[partition] = false;
            _generation++;
            for (var count = 1 + number % 4; count > 0; count--)
            {
                _seen[partition].Add(_committed[partition]);
                _committed[partition]++;
            }

            Check();
        }

        private void Hear()
        {
            for (var partition = 0; partition < PartitionCount; partition++)
            {
                if (!_isOurs[partition])
                    _instance.Partitions[partition].Release();
            }

            _instance.Generation = _generation;
        }

        private void Assign(int partition)
        {
            if (_isOurs[partition] || !_instance.Partitions[partition].IsOver)
                return;
            Hear();
            _isOurs[partition] = true;
            _instance.Generation = ++_generation;
            _instance.Partitions[partition] = new AssignedPartition("news", partition);
            _instance.Position[partition] = _committed[partition];
        }

        private void PlayMeanwhile()
        {
            while (_script.TryPeek(out var next) && next.IsOfGroup)
                Play(_script.Dequeue());
        }

        private void Apply(IReadOnlyList<(int Partition, long Offset)> answers, IReadOnlyList<PartitionOffset> offsets)
        {
            foreach (var (partition, offset) in answers)
                _seen[partition].Add(offset);
            foreach (var (id, offset) in offsets)
            {
                Hold(offset >= _committed[id.Partition], "no commit goes back");
                _committed[id.Partition] = offset;
            }

            Check();
        }

        private void Check()
        {
            for (var partition = 0; partition < PartitionCount; partition++)
            {
                var offsets = _seen[partition].Order().ToArray();
                Hold(offsets.AsSpan().SequenceEqual([.. Enumerable.Range(0, (int)_committed[partition]).Select(offset => (long)offset)]),
                    $"of partition {partition}, committed to {_committed[partition]}, these are seen: {string.Join(' ', offsets)}");
            }
        }

        private static byte[] Key(int partition, long offset) => [.. BitConverter.GetBytes(partition), .. BitConverter.GetBytes(offset)];

        // The loop takes whatever its client throws for a failure of the client, so it is kept for the world too.
        private void Hold(bool condition, string rule)
        {
            if (condition)
                return;
            _broken ??= rule;
            throw new InvalidOperationException($"broken rule: {rule}");
        }

        private void HoldWhatTheClientSaw()
        {
            if (_broken is { } rule)
                throw new InvalidOperationException($"broken rule: {rule}");
        }

        /// <summary>One run: the loop, its producer, and what stands for the publish step.</summary>
        private sealed class Instance
        {
            private readonly World _world;
            private readonly TransactionLoop _loop;
            private readonly Queue<RecordBatch> _arrived = new();
            private readonly List<Publishing> _published = [];

            public Instance(World world)
            {
                _world = world;
                Client = new Producer(world, this);
                Generation = world._generation;
                Partitions = [.. Enumerable.Range(0, PartitionCount).Select(partition => new AssignedPartition("news", partition))];
                Position = [.. world._committed];
                _loop = new TransactionLoop(
                    Client, Options, () => UnderWay, world._telemetry, NullLogger.Instance, world._clock, () => { });
            }

            public Producer Client { get; }

            public AssignedPartition[] Partitions { get; }

            public long[] Position { get; }

            /// <summary>The generation that its member knows.</summary>
            public int Generation { get; set; }

            public int UnderWay { get; private set; }

            public bool HasFailed { get; private set; }

            public bool NobodyWaits => _published.TrueForAll(publishing => publishing.IsOver);

            private int _hurries;

            public void Take(RecordBatch batch)
            {
                UnderWay += batch.Count;
                _arrived.Enqueue(batch);
            }

            public void Hurry(bool waits)
            {
                if (!waits && _hurries == 0)
                    return;
                _hurries += waits ? 1 : -1;
                _loop.Hurry(waits);
            }

            /// <returns>False when the run has failed.</returns>
            public bool Turn()
            {
                _world.Hold(_loop.RunOnce() is not null, "it ends only when it is asked to");
                while (Publish())
                    _world.Hold(_loop.RunOnce() is not null, "it ends only when it is asked to");
                _world.HoldWhatTheClientSaw();
                return !HasFailed;
            }

            public void Stop()
            {
                _loop.Stop();
                _world.Hold(_loop.RunOnce() is null, "it ends when it is asked to");
                Publish();
                _world.HoldWhatTheClientSaw();
            }

            /// <returns>True when something was done.</returns>
            private bool Publish()
            {
                var did = false;

                // One after the other, as the first part of the publish step does.
                if (!HasFailed && _arrived.Count > 0 && _published.TrueForAll(publishing => publishing.IsTaken))
                {
                    _published.Add(new Publishing(_arrived.Dequeue(), _loop));
                    did = true;
                }

                foreach (var publishing in _published.ToArray())
                {
                    did |= publishing.Advance();
                    HasFailed |= publishing.HasFailed;
                    if (publishing is not { IsOver: true, HasFailed: false })
                        continue;
                    UnderWay -= publishing.Batch.Count;
                    _published.Remove(publishing);
                }

                return did;
            }
        }

        /// <summary>What the publish step does with a batch.</summary>
        private sealed class Publishing
        {
            private readonly TransactionLoop _loop;
            private readonly List<OutgoingRecord> _outgoing = [];
            private readonly Queue<OutgoingRecord> _refused = new();
            private Task<Delivery> _taken;
            private Task? _settled;

            public Publishing(RecordBatch batch, TransactionLoop loop)
            {
                Batch = batch;
                _loop = loop;
                var index = 0;
                foreach (var run in batch.Runs)
                {
                    for (var i = 0; i < run.Count; i++, index++)
                    {
                        if (run.Partition.IsOver)
                            continue;
                        var answer = new OutgoingRecord("entities", batch.Records[index].Key, [0], []);
                        batch.Results[index].Answer = answer;
                        _outgoing.Add(answer);
                    }
                }

                _taken = loop.EnqueueAsync(batch, _outgoing.ToArray());
            }

            public RecordBatch Batch { get; }

            public bool IsTaken => _taken.IsCompleted || _settled is not null;

            public bool HasFailed => _taken.IsFaulted || _taken is { IsCompletedSuccessfully: true, Result.Acknowledged.IsFaulted: true }
                || _settled is { IsFaulted: true };

            public bool IsOver => HasFailed || _settled is { IsCompleted: true };

            /// <returns>True when something was done.</returns>
            public bool Advance()
            {
                if (_settled is not null || !_taken.IsCompletedSuccessfully || !_taken.Result.Acknowledged.IsCompletedSuccessfully)
                    return false;

                foreach (var refusal in _taken.Result.Acknowledged.Result)
                    _refused.Enqueue(_outgoing[refusal.Index]);
                if (_refused.TryDequeue(out var refused))
                {
                    // A dead letter, which may be refused like anything else.
                    _outgoing.Clear();
                    _outgoing.Add(refused with { Topic = "news.dlq" });
                    _taken = _loop.EnqueueAsync(Batch, _outgoing.ToArray());
                }
                else
                {
                    _settled = _loop.SettleAsync(Batch);
                }

                return true;
            }
        }

        /// <summary>The producer and the transaction coordinator.</summary>
        private sealed class Producer(World world, Instance instance) : ITransactionClient
        {
            private readonly List<Sent> _sent = [];
            private bool _mustAbort;
            private bool _isFenced;
            private bool _isDead;
            private bool _isKilled;

            public bool IsOpen { get; private set; }

            public bool IsBeyondRepair => _isFenced || _isDead;

            public int Unacknowledged => 0;

            public void Begin()
            {
                world.Hold(!IsOpen, "a transaction begins when the one before is over");
                Throw();
                IsOpen = true;
            }

            public Delivery Produce(ReadOnlyMemory<OutgoingRecord> records)
            {
                world.Hold(IsOpen, "nothing is produced outside of a transaction");
                Throw();
                if (_mustAbort)
                    throw new TransactionFailedException("by an earlier fault", TransactionWay.Abort);
                var sent = new Sent(records.ToArray());
                _sent.Add(sent);
                if (records.IsEmpty)
                    sent.Answer.SetResult([]);
                return new Delivery(sent.Answer.Task);
            }

            public GroupGeneration ReadGeneration()
            {
                world.PlayMeanwhile();
                var generation = new GroupGeneration(instance.Generation);
                world.PlayMeanwhile();
                return generation;
            }

            public void Commit(IReadOnlyList<PartitionOffset> offsets, GroupGeneration generation)
            {
                world.Hold(IsOpen, "only what has begun is committed");
                world.Hold(_sent.TrueForAll(sent => sent.Answer.Task.IsCompleted), "offsets are sent after the answers are acknowledged");
                world.Hold(_sent.Exists(sent => sent.Kept.Any()), "no transaction is empty");
                CheckOrder();
                world.PlayMeanwhile();
                Throw();
                if (_mustAbort || world._refuseCommit || (int)generation.Metadata != world._generation)
                {
                    world._refuseCommit = false;
                    _mustAbort = true;
                    throw new TransactionFailedException("by the script, or an old generation", TransactionWay.Abort);
                }

                world.Apply([.. _sent.SelectMany(sent => sent.Kept).Select(Place)], offsets);
                IsOpen = false;
                _sent.Clear();
                if (!world._loseAnswer)
                    return;
                (world._loseAnswer, _isDead) = (false, true);
                throw new TransactionFailedException("nobody knows", TransactionWay.NewClient);
            }

            public void Abort(TimeSpan? atMost = null)
            {
                Throw();
                world.Hold(IsOpen, "only what has begun is aborted");
                Clear();
            }

            public void Dispose()
            {
            }

            public void Acknowledge(int which) => Next(which)?.Answer.SetResult([]);

            public void AcknowledgeAll()
            {
                while (Next(0) is { } sent)
                    sent.Answer.SetResult([]);
            }

            public void Refuse(int which, bool beforeSending)
            {
                if (Next(which) is not { } sent)
                    return;
                _mustAbort |= !beforeSending;
                var index = which % sent.Records.Length;
                sent.Refused = index;
                Refusal[] refusals = [new Refusal(index, FailureCode.PublishRefused, "by the script", Alone: beforeSending)];
                if (!beforeSending && sent.Records.Length > 1 && which % 3 == 0)
                    sent.Answer.SetException(new PublishPurgedException("purged by the script", refusals, new InvalidOperationException()));
                else
                    sent.Answer.SetResult(refusals);

                // What was not sent yet is thrown away, now and then at once.
                while (!beforeSending && which % 2 == 0 && Next(0) is { } unsent)
                    unsent.Answer.SetException(new PublishPurgedException("purged by the script", [], new InvalidOperationException()));
            }

            public void FailOne()
            {
                if (Next(0) is not { } sent)
                    return;
                _mustAbort = true;
                sent.Answer.SetException(new PublishFailedException("by the script"));
            }

            public void Fence() => _isFenced = true;

            public void Kill()
            {
                _isKilled = true;
                Clear();
            }

            private Sent? Next(int which)
            {
                var open = _sent.FindAll(sent => !sent.Answer.Task.IsCompleted);
                return open.Count == 0 ? null : open[which % open.Count];
            }

            private void Clear()
            {
                var cut = _sent.ToArray();
                (IsOpen, _mustAbort) = (false, false);
                _sent.Clear();
                foreach (var sent in cut)
                    sent.Answer.TrySetException(new PublishFailedException("purged"));
            }

            private void Throw()
            {
                world.Hold(!_isKilled, "nobody calls what was killed");
                if (_isFenced)
                    throw new TransactionFailedException("fenced by the script", TransactionWay.Fenced);
                if (_isDead)
                    throw new TransactionFailedException("dead", TransactionWay.NewClient);
            }

            private void CheckOrder()
            {
                foreach (var partition in _sent.SelectMany(sent => sent.Kept).Where(record => record.Topic == "entities").Select(Place)
                    .GroupBy(place => place.Partition))
                {
                    var offsets = partition.Select(place => place.Offset).ToArray();
                    world.Hold(offsets.AsSpan().SequenceEqual([.. offsets.Order()]), "the events of a partition are sent in its order");
                }
            }

            private static (int Partition, long Offset) Place(OutgoingRecord record) =>
                (BitConverter.ToInt32(record.Key), BitConverter.ToInt64(record.Key.AsSpan(4)));

            private sealed class Sent(OutgoingRecord[] records)
            {
                public OutgoingRecord[] Records => records;

                public TaskCompletionSource<IReadOnlyList<Refusal>> Answer { get; } = new();

                public int? Refused { get; set; }

                public IEnumerable<OutgoingRecord> Kept => records.Where((_, index) => index != Refused);
            }
        }
    }
}
