using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Consuming;

/// <summary>
/// Drives the rules of consuming through a group, a stream and a clock that do anything at any moment, and holds what must always hold.
/// </summary>
/// <remarks>
/// A script of random steps is played whenever the loop polls or waits: records come, partitions are assigned, asked back, lost and
/// assigned again, the stream takes batches and finishes them in any order, the broker refuses commits, somebody stops or aborts, the
/// client breaks. When the script is over, the stream works on or stands still, and a stop is asked for. What is checked stands at the
/// checks in <see cref="World"/>; a failure prints the script that led to it, the shortest that CsCheck found.
/// </remarks>
public sealed class ConsumerLoopModelTests
{
    private static readonly Gen<Step[]> Scripts = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 999], Step.Of).Array[0, 120];

    [Fact]
    public void Whatever_happens_nothing_is_committed_too_far_handed_on_twice_or_out_of_order_and_it_ends() =>
        Gen.Select(Scripts, Gen.Bool, Gen.Enum<OnUnreadableBatch>()).Sample(
            played =>
            {
                using var world = new World(played.Item1, played.Item2, played.Item3);
                world.Run();
            },
            iter: 20_000,
            print: Print);

    private static string Print((Step[] Script, bool StreamWorksOn, OnUnreadableBatch OnUnreadable) failed) =>
        $"{failed.OnUnreadable}: {string.Join(", ", failed.Script)}; then the stream "
            + (failed.StreamWorksOn ? "works on" : "stands still");

    private enum Act
    {
        Deliver,
        Spoil,
        FindEnd,
        Assign,
        Revoke,
        Lose,
        Take,
        Finish,
        Advance,
        RefuseCommitForRebalance,
        RefuseCommitForEpoch,
        RefuseCommitForGood,
        RepeatLast,
        GoBack,
        Stop,
        Abort,
        Break,
    }

    private readonly record struct Step(Act Act, int Number)
    {
        /// <summary>Whether it may happen while the consumer's thread waits: what other threads do.</summary>
        public bool IsOfOtherThreads =>
            Act is Act.Take or Act.Finish or Act.FindEnd or Act.Advance or Act.Stop or Act.Abort;

        /// <summary>What happens often comes often.</summary>
        public static Step Of(int kind, int number) => new(
            kind switch
            {
                < 31 => Act.Deliver,
                < 34 => Act.Spoil,
                < 44 => Act.Assign,
                < 50 => Act.Revoke,
                < 53 => Act.Lose,
                < 68 => Act.Take,
                < 82 => Act.Finish,
                < 85 => Act.FindEnd,
                < 92 => Act.Advance,
                < 94 => Act.RefuseCommitForRebalance,
                94 when number % 2 == 0 => Act.RefuseCommitForEpoch,
                94 => Act.RefuseCommitForGood,
                95 when number % 4 != 0 => Act.RepeatLast,
                95 => Act.GoBack,
                < 98 => Act.Stop,
                < 99 => Act.Abort,
                _ => Act.Break,
            },
            number);

        public override string ToString() => $"{Act} {Number}";
    }

    /// <summary>One assignment of a partition as the world saw it.</summary>
    private sealed class Assignment(int number)
    {
        /// <summary>
        /// Travels as the records' key, or as the reason of a batch that can't be read, so that a batch tells what it belongs to.
        /// </summary>
        public int Number { get; } = number;

        /// <summary>Where it began to read.</summary>
        public required long Start { get; init; }

        /// <summary>Batches that could not be read and of which the stream was told.</summary>
        public List<OffsetRange> Skipped { get; } = [];

        /// <summary>Offsets that the loop was given, and not sent back over since.</summary>
        public List<long> Delivered { get; } = [];

        /// <summary>Offsets that reached the stream.</summary>
        public List<long> HandedOn { get; } = [];

        public HashSet<long> Finished { get; } = [];

        /// <summary>Whether it was paused by itself, for a batch that can't be read.</summary>
        public bool StandsStill { get; set; }

        public bool AllHandedOnAreFinished => HandedOn.TrueForAll(Finished.Contains);
    }

    private sealed class World : IConsumerClient, IChangeWait
    {
        private const int PartitionCount = 3;

        private static readonly ConsumingLimits Limits = new(
            MaxDocumentsInFlight: 8, MaxBytesInFlight: 1000, MaxBatchRecords: 3,
            DrainTimeout: TimeSpan.FromSeconds(4), RevokeTimeout: TimeSpan.FromSeconds(3), PauseAfter: TimeSpan.FromSeconds(1));

        /// <summary>What the last turns may take beyond the time they are given: a poll or two.</summary>
        private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(400);

        private readonly Queue<Step> _script;
        private readonly bool _streamWorksOn;
        private readonly VirtualClock _clock = new();
        private readonly RecordHandover _handover = new(capacity: 2);
        private readonly InFlight _inFlight;
        private readonly PipelineStatus _status = new();
        private readonly ConsumerLoop _loop;
        private readonly List<RecordBatch> _underWay = [];
        private readonly List<Assignment> _assignments = [];
        private readonly StreamsTelemetry _telemetry;

        // The group's and the partitions' own state.
        private readonly OnUnreadableBatch _onUnreadable;
        private readonly long[] _position = new long[PartitionCount];
        private readonly long[] _end = new long[PartitionCount];
        private readonly HashSet<long>[] _missing = [.. Enumerable.Range(0, PartitionCount).Select(_ => new HashSet<long>())];
        private readonly List<OffsetRange>[] _unreadable =
            [.. Enumerable.Range(0, PartitionCount).Select(_ => new List<OffsetRange>())];
        private readonly Queue<(UnreadableBatch Batch, TaskCompletionSource<long?> Answer)> _searches = new();
        private readonly long?[] _committed = new long?[PartitionCount];
        private readonly Assignment?[] _current = new Assignment?[PartitionCount];
        private readonly bool[] _paused = new bool[PartitionCount];
        private int _refuseForRebalance;
        private int _refuseForEpoch;
        private bool _refuseForGood;
        private bool _wasRefused;
        private bool _closing;
        private TimeSpan? _stoppedAt;
        private TimeSpan? _abortedAt;
        private long _consumedAtEnd = -1;

        public World(Step[] script, bool streamWorksOn, OnUnreadableBatch onUnreadable)
        {
            _script = new Queue<Step>(script);
            _streamWorksOn = streamWorksOn;
            _onUnreadable = onUnreadable;
            _inFlight =
                new InFlight(new DrainableLimit(Limits.MaxDocumentsInFlight, TimeSpan.FromSeconds(1), _clock), Limits.MaxBytesInFlight);
            _telemetry = new StreamsTelemetry(_status, new KafkaOptions());
            var limits = Limits with { OnUnreadable = onUnreadable };
            _loop = new ConsumerLoop(_handover, _inFlight, this, limits, _status, _telemetry, NullLogger.Instance, _clock);
        }

        public void Run()
        {
            var failed = false;
            try
            {
                _loop.Join(this);
                for (var turns = 0; _loop.RunOnce(); turns++)
                    Hold(turns < 2000, "it ends");
            }
            catch (ConsumerFailedException)
            {
                failed = true;
                NoteEnd();
                _loop.Fail();
                _handover.End(new ConsumerFailedException("broken"));
            }

            var ended = _clock.Now;
            Close();
            Hold(_clock.Now - ended <= Slack, "closing waits for nothing");
            if (_abortedAt is { } aborted)
            {
                Hold(ended - aborted <= Slack, "an abort ends at once");
            }
            else if (!failed)
            {
                Hold(ended - _stoppedAt!.Value <= Limits.DrainTimeout + Slack,
                    "a stop ends within the drain timeout, whatever was waited for when it came");
            }

            Hold(_status.Snapshot().Consumed == _consumedAtEnd, "nothing is handed on after a stop, an abort or a failure");
        }

        // The client.

        public void Subscribe(IRebalanceHandler handler) => Assert.Same(_loop, handler);

        public UnreadableBatch? Unreadable { get; private set; }

        public ConsumedRecord? Poll(TimeSpan atMost)
        {
            Unreadable = null;
            CheckTaken();
            var until = _clock.Now + atMost;
            if (!_script.TryDequeue(out var step))
            {
                WorkOn();
                _clock.Now = until;
                Stop();
                return null;
            }

            if (step.IsOfOtherThreads)
            {
                PlayOther(step, until);
                return null;
            }

            var partition = step.Number % PartitionCount;
            switch (step.Act)
            {
                case Act.Deliver when _current[partition] is { } assignment && !_paused[partition]:
                    return Read(partition, assignment, step.Number);
                case Act.Spoil:
                    var spoilt = new OffsetRange(_end[partition], _end[partition] + step.Number % 5);
                    _unreadable[partition].Add(spoilt);
                    _end[partition] = spoilt.Last + 1;
                    break;
                case Act.RepeatLast when _current[partition] is { Delivered: [.., var last] } && !_paused[partition]
                    && last == _position[partition] - 1:
                    return Record(partition, last);
                case Act.GoBack when _current[partition] is { Delivered: [.., var before, _] } && !_paused[partition]:
                    return Record(partition, before);
                case Act.Assign:
                    AssignSome(step.Number);
                    break;
                case Act.Revoke:
                    Revoke([.. Assigned().Where(id => (step.Number & (1 << id.Partition)) != 0)]);
                    break;
                case Act.Lose:
                    Lose([.. Assigned().Where(id => (step.Number & (1 << id.Partition)) != 0)]);
                    break;
                case Act.RefuseCommitForRebalance:
                    _refuseForRebalance = step.Number % 4 == 0 ? int.MaxValue : step.Number % 4;
                    break;
                case Act.RefuseCommitForEpoch:
                    _refuseForEpoch = 1 + step.Number % 4;
                    break;
                case Act.RefuseCommitForGood:
                    _refuseForGood = true;
                    break;
                case Act.Break:
                    throw new ConsumerFailedException("broken by the script");
            }

            return null;
        }

        private ConsumedRecord? Read(int partition, Assignment assignment, int number)
        {
            if (_position[partition] == _end[partition])
                Write(partition, number);
            while (_missing[partition].Contains(_position[partition]))
                _position[partition]++;
            var position = _position[partition];
            if (_unreadable[partition].FindIndex(range => range.First <= position && position <= range.Last) is >= 0 and var spoilt)
            {
                var batch = _unreadable[partition][spoilt];
                Unreadable = new UnreadableBatch(
                    new PartitionOffset(new PartitionId("news", partition), batch.First), $"{assignment.Number}");

                // As with check.crcs, where the client goes on behind the batch.
                if (batch.First % 2 == 0)
                    _position[partition] = batch.Last + 1;
                return null;
            }

            assignment.Delivered.Add(position);
            _position[partition]++;
            return Record(partition, position);
        }

        private void CheckTaken()
        {
            if (_inFlight.PausedPartitions > 0 || _stoppedAt is not null || _abortedAt is not null || _closing)
                return;
            for (var i = 0; i < PartitionCount; i++)
            {
                Hold(!_paused[i] || _current[i] is not { StandsStill: false },
                    "what is not said to be paused is taken from, also when it was paused before it left");
            }
        }

        // Now and then offsets are missing: compaction, markers of transactions.
        private void Write(int partition, int number)
        {
            for (var gap = number % 7 == 0 ? 2 : 0; gap > 0; gap--)
                _missing[partition].Add(_end[partition]++);
            _end[partition]++;
        }

        public Task<long?> FindLastAsync(UnreadableBatch batch)
        {
            var search = new TaskCompletionSource<long?>();
            _searches.Enqueue((batch, search));
            return search.Task;
        }

        public void Seek(PartitionId partition, long offset)
        {
            Hold(_current[partition.Partition] is not null, "the client is sent elsewhere only in partitions that are assigned");
            _position[partition.Partition] = offset;
            _current[partition.Partition]!.Delivered.RemoveAll(delivered => delivered >= offset);
        }

        public void Pause(PartitionId partition)
        {
            _paused[partition.Partition] = true;
            _current[partition.Partition]!.StandsStill = true;
        }

        public void PauseAssigned()
        {
            for (var i = 0; i < PartitionCount; i++)
                _paused[i] |= _current[i] is not null;
        }

        // As librdkafka: what is not assigned now keeps its pause, and comes again with it.
        public void ResumeAssigned()
        {
            for (var i = 0; i < PartitionCount; i++)
                _paused[i] &= _current[i] is null;
        }

        public void Resume(IReadOnlyList<PartitionId> partitions)
        {
            foreach (var partition in partitions)
                _paused[partition.Partition] = false;
        }

        public string? StoreOffset(PartitionId partition, long offset)
        {
            CheckCommittable(partition, offset);
            return null;
        }

        public CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets)
        {
            foreach (var (id, offset) in offsets)
                CheckCommittable(id, offset);
            if (_refuseForEpoch > 0)
            {
                _refuseForEpoch--;
                return new CommitRefusal("by the script", RefusalPasses.WithHeartbeat);
            }

            if (_refuseForGood || _refuseForRebalance > 0)
            {
                _wasRefused = true;
                var passes = _refuseForRebalance > 0 ? RefusalPasses.WithRebalance : RefusalPasses.Never;
                (_refuseForGood, _refuseForRebalance) = (false, Math.Max(0, _refuseForRebalance - 1));
                return new CommitRefusal("by the script", passes);
            }

            foreach (var (id, offset) in offsets)
                _committed[id.Partition] = offset;
            return null;
        }

        public IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost) =>
        [
            .. partitions.Where(id => _committed[id.Partition] is not null)
                .Select(id => new PartitionOffset(id, _committed[id.Partition]!.Value)),
        ];

        public (long? Start, long? End) ReadBounds(PartitionId partition) => (0, _end[partition.Partition]);

        public void Close()
        {
            _closing = true;
            Revoke([.. Assigned()]);
        }

        public void Dispose() => _telemetry.Dispose();

        // The wait for other threads.

        public bool Wait(Func<bool> until, TimeSpan atMost)
        {
            var end = _clock.Now + atMost;
            while (!until())
            {
                if (_clock.Now >= end)
                    return false;

                // What can't happen while the thread waits is left for its next poll.
                if (_script.TryPeek(out var next) && next.IsOfOtherThreads)
                {
                    PlayOther(_script.Dequeue(), end);
                    continue;
                }

                if (_script.Count == 0 && WorkOn())
                    continue;
                if (_script.Count == 0 && _stoppedAt is null)
                {
                    Stop();
                    continue;
                }

                _clock.Now = end;
            }

            return true;
        }

        private void PlayOther(Step step, TimeSpan until)
        {
            switch (step.Act)
            {
                case Act.Take:
                    TakeBatch();
                    break;
                case Act.Finish when _underWay.Count > 0:
                    Finish(step.Number % _underWay.Count);
                    break;
                case Act.FindEnd when _searches.TryDequeue(out var search):
                    search.Answer.SetResult(step.Number % 5 == 0 ? null : LastOf(search.Batch));
                    break;
                case Act.Advance:
                    var later = _clock.Now + TimeSpan.FromMilliseconds(step.Number);
                    _clock.Now = later < until ? later : until;
                    break;
                case Act.Stop:
                    Stop();
                    break;
                case Act.Abort:
                    NoteEnd();
                    _abortedAt ??= _clock.Now;
                    _loop.Abort();
                    break;
            }
        }

        private void Stop()
        {
            NoteEnd();
            _stoppedAt ??= _clock.Now;
            _loop.StopIntake();
        }

        private void NoteEnd()
        {
            if (_consumedAtEnd < 0)
                _consumedAtEnd = _status.Snapshot().Consumed;
        }

        // The stream.

        private bool TakeBatch()
        {
            if (_handover.Failure is not null || !_handover.TryTake(out var batch))
                return false;

            foreach (var record in batch.Records)
            {
                var assignment = AssignmentOf(record);
                var handedOn = assignment.HandedOn;
                if (record.Unreadable is { } unreadable)
                {
                    CheckSkipped(record, unreadable);
                    assignment.Skipped.Add(new OffsetRange(record.Offset, unreadable.Last));
                }

                Hold(handedOn.Count == 0
                    || record.Offset > handedOn[^1], "nothing is handed on twice within an assignment, or out of order");
                handedOn.Add(record.LastOffset);
            }

            _underWay.Add(batch);
            return true;
        }

        private void Finish(int index)
        {
            var batch = _underWay[index];
            _underWay.RemoveAt(index);
            foreach (var record in batch.Records)
                AssignmentOf(record).Finished.Add(record.LastOffset);
            _loop.Finished(batch);
        }

        private void CheckSkipped(in KafkaRecord record, UnreadableRange unreadable)
        {
            Hold(_onUnreadable == OnUnreadableBatch.Skip, "nothing is skipped unless the settings say so");
            var first = record.Offset;
            Hold(_unreadable[record.Partition.Partition].Exists(range =>
                range.First <= first && first <= range.Last && unreadable.Last == range.Last),
                "only what can't be read is skipped, to its end");
        }

        private long LastOf(UnreadableBatch batch) =>
            _unreadable[batch.At.Id.Partition].Find(range => range.First == batch.At.Offset).Last;

        /// <summary>What a healthy stream does with all that it can have.</summary>
        private bool WorkOn()
        {
            if (!_streamWorksOn)
                return false;

            var did = false;
            while (TakeBatch() || _underWay.Count > 0)
            {
                did = true;
                while (_underWay.Count > 0)
                    Finish(0);
            }

            return did;
        }

        // The group.

        private IEnumerable<PartitionId> Assigned() =>
            Enumerable.Range(0, PartitionCount).Where(i => _current[i] is not null).Select(i => new PartitionId("news", i));

        private void AssignSome(int which)
        {
            var added = Enumerable.Range(0, PartitionCount).Where(i => _current[i] is null && (which & (1 << i)) != 0).ToArray();
            foreach (var partition in added)
            {
                _position[partition] = _committed[partition] ?? 0;
                _assignments.Add(_current[partition] = new Assignment(_assignments.Count) { Start = _position[partition] });
            }

            _loop.OnAssigned([.. added.Select(partition => new PartitionId("news", partition))]);
        }

        private void Revoke(PartitionId[] partitions)
        {
            var begun = _clock.Now;
            var refusedBefore = _wasRefused;
            _wasRefused = false;
            _loop.OnRevoked(partitions);
            if (_abortedAt is null && !_closing)
                CheckRevoked(partitions, begun);
            foreach (var partition in partitions)
                _current[partition.Partition] = null;
            _wasRefused |= refusedBefore;
        }

        private void CheckRevoked(PartitionId[] partitions, TimeSpan begun)
        {
            var outOfTime = _clock.Now - begun >= Limits.RevokeTimeout
                || (_stoppedAt is { } stopped && _clock.Now - stopped >= Limits.DrainTimeout);
            foreach (var partition in partitions)
            {
                var assignment = _current[partition.Partition]!;
                if (!outOfTime && _stoppedAt is null)
                    Hold(assignment.Delivered.TrueForAll(assignment.Finished.Contains), "a revoke waits for all that was taken");
                if (!outOfTime)
                    Hold(assignment.AllHandedOnAreFinished, "a revoke waits for all that is under way, also in a drain");
                if (!outOfTime && !_wasRefused && assignment.HandedOn is [.., var last])
                    Hold(_committed[partition.Partition] > last, "a revoke returns after the commit");
            }
        }

        private void Lose(PartitionId[] partitions)
        {
            // Somebody else's from here on: CheckCommittable refuses everything for them.
            foreach (var partition in partitions)
                _current[partition.Partition] = null;
            _loop.OnLost(partitions);
        }

        private void CheckCommittable(PartitionId id, long offset)
        {
            var assignment = _current[id.Partition];
            Hold(assignment is not null, "nothing is committed for a partition that is lost or given away");
            Hold(assignment!.Finished.Contains(offset - 1), "what is committed was finished");
            foreach (var range in _unreadable[id.Partition])
            {
                Hold(range.First >= offset || range.Last < assignment.Start
                    || assignment.Skipped.Exists(skipped => skipped.Last == range.Last && assignment.Finished.Contains(skipped.Last)),
                    "nothing is committed past a batch that can't be read, unless the letter that names it is acknowledged");
            }

            Hold(assignment.Delivered.TrueForAll(delivered => delivered >= offset || assignment.Finished.Contains(delivered)),
                "nothing is committed past an unfinished record");
            Hold(!(_committed[id.Partition] > offset), "no commit goes back");
        }

        private ConsumedRecord Record(int partition, long offset) =>
            new(new PartitionId("news", partition), offset, BitConverter.GetBytes(_current[partition]!.Number), [], [], null);

        private Assignment AssignmentOf(in KafkaRecord record) => _assignments[record.Unreadable is { } batch
            ? int.Parse(batch.Reason, CultureInfo.InvariantCulture) : BitConverter.ToInt32(record.Key)];

        private static void Hold(bool condition, string rule)
        {
            if (!condition)
                throw new InvalidOperationException($"broken rule: {rule}");
        }
    }

    private sealed class VirtualClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
