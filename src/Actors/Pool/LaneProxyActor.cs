using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Pool;

/// <summary>Stands for one lane of some node: to the batcher beside it, it is that lane. Ends with it.</summary>
/// <remarks>Its parent brings it what the lane's router says, and takes to the router what it says.</remarks>
internal sealed class LaneProxyActor : ReceiveActor
{
    private readonly RecognitionSetup _setup;
    private readonly int _lane;
    private readonly bool _isOwn;
    private readonly IActorRef _batcher;
    private readonly IActorRef _model;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(long Number, TokenBatch Batch, long Left)> _handedOut = new();
    private long _asked;
    private long _answered;

    /// <param name="setup">The model's.</param>
    /// <param name="lane">Number of the lane.</param>
    /// <param name="isOwn">Whether it is a lane of this node: nothing is measured then that crosses no network.</param>
    /// <param name="budget">What a batch may cost there.</param>
    /// <param name="batcher">Gets what the lane asks for.</param>
    /// <param name="model">Gets what it computed.</param>
    public LaneProxyActor(RecognitionSetup setup, int lane, bool isOwn, PaddedTokenBudget budget, IActorRef batcher, IActorRef model)
    {
        _setup = setup;
        _lane = lane;
        _isOwn = isOwn;
        _batcher = batcher;
        _model = model;

        Receive<Pull>(pull =>
        {
            if (pull.Number <= _answered)
                return;
            _asked = pull.Number;
            _batcher.Tell(new BatcherProtocol.Demand(pull.Number, pull.IsIdle) { Budget = budget });
        });
        Receive<BatcherProtocol.Compute>(compute =>
        {
            _answered = _asked;
            _handedOut.Enqueue((_asked, compute.Batch, _setup.Clock.GetTimestamp()));
            Context.Parent.Tell(new Batch(_lane, _asked, compute.Batch));
        });
        Receive<BatcherProtocol.WorkChanged>(_ =>
        {
            if (_asked > _answered)
                _batcher.Tell(new BatcherProtocol.Withdraw(_asked));
        });
        Receive<BatcherProtocol.Withdrawn>(withdrawn => Context.Parent.Tell(new NoWork(_lane, withdrawn.Number)));
        Receive<Scored>(OnScored);
        Receive<LaneLost>(lost =>
        {
            if (!lost.Computing)
                _batcher.Tell(BatcherProtocol.GiveBack.Instance);
            Context.Stop(Self);
        });
    }

    public static Props Props(RecognitionSetup setup, int lane, bool isOwn, PaddedTokenBudget budget, IActorRef batcher, IActorRef model) =>
        Akka.Actor.Props.Create(() => new LaneProxyActor(setup, lane, isOwn, budget, batcher, model));

    protected override void PostStop()
    {
        if (!_isOwn && _handedOut.Count > 0)
            PoolTelemetry.BatchesGivenBack(_setup.Model, _handedOut.Count);
    }

    private void OnScored(Scored scored)
    {
        // An answer that comes after its batch was given to others finds nobody.
        if (!_handedOut.TryPeek(out var oldest) || oldest.Number != scored.Number)
            return;

        if (!ScoredWindows.TryTake(scored, oldest.Batch, _setup.Labels.Labels.Length))
        {
            _log.Error("the answer of lane {Lane} does not fit its batch of {Windows} windows; the lane is given up",
                _lane, oldest.Batch.Windows.Count);
            Context.Stop(Self);
            return;
        }

        _handedOut.Dequeue();
        if (!_isOwn)
            PoolTelemetry.BatchScored(_setup.Model, _setup.Clock.GetElapsedTime(oldest.Left));
        _model.Tell(new BatcherProtocol.Finished(oldest.Batch.Windows,
        [
            .. scored.Failed.Select(failure => new BatcherProtocol.WindowFailure(
                oldest.Batch.Windows[failure.Index], failure.Code, failure.Message, failure.Attempts)),
        ]));
        _batcher.Tell(BatcherProtocol.Computed.Instance);
    }
}

/// <summary>Puts the labels that came back over the network where the batch that went out wants them.</summary>
internal static class ScoredWindows
{
    // A probability, with what a sum of floats may be above it.
    private const float MostScore = 1.001f;

    /// <summary>Takes them over; nothing is to be done where source and lane share a process.</summary>
    /// <param name="scored">What came.</param>
    /// <param name="batch">What went out.</param>
    /// <param name="labels">Number of the model's labels.</param>
    /// <returns>False when they don't fit: then nothing was taken.</returns>
    public static bool TryTake(Scored scored, TokenBatch batch, int labels)
    {
        var failed = new bool[batch.Windows.Count];
        foreach (var failure in scored.Failed)
        {
            if (failure.Index < 0 || failure.Index >= failed.Length)
                return false;
            failed[failure.Index] = true;
        }

        if (ReferenceEquals(scored.Windows, batch))
            return true;
        if (scored.Windows.Windows.Count != batch.Windows.Count)
            return false;

        for (var i = 0; i < batch.Windows.Count; i++)
        {
            if (!Fits(scored.Windows.Windows[i].Owner, batch.Windows[i], labels, failed[i]))
                return false;
        }

        for (var i = 0; i < batch.Windows.Count; i++)
        {
            var (from, to) = (scored.Windows.Windows[i].Owner, batch.Windows[i]);
            from.WordLabels.CopyTo(to.Owner.WordLabels, to.Range.FirstWord);
            from.WordScores.CopyTo(to.Owner.WordScores, to.Range.FirstWord);
            from.Emissions?.CopyTo(to.Owner.EmissionsFor(labels), to.Range.FirstWord * labels);
        }

        return true;
    }

    private static bool Fits(TokenizedDocument from, TokenWindow to, int labels, bool failed)
    {
        if (from.Words.Count != to.Range.WordCount
            || Array.Exists(from.WordLabels, label => label >= labels)
            || !Array.TrueForAll(from.WordScores, score => score is >= 0 and <= MostScore))
        {
            return false;
        }

        return from.Emissions is { } logits
            ? logits.Length == from.Words.Count * labels && (failed || Array.TrueForAll(logits, float.IsFinite))
            : failed || to.Range.WordCount == 0 || to.Owner.Rules.Decoding == LabelDecoding.Argmax;
    }
}
