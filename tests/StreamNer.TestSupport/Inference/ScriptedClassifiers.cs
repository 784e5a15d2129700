using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;

namespace StreamNer.TestSupport.Inference;

/// <summary>Makes classifiers from a script that knows the lane and how often it was started.</summary>
internal sealed class ScriptedClassifiers(Func<LaneSpec, int, ITokenClassifier> create) : ITokenClassifierFactory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, int> _starts = [];
    private BatchShapes? _shapes;

    public ITokenClassifier Create(LaneSpec lane, BatchShapes? shapes = null, CancellationToken stop = default)
    {
        lock (_gate)
        {
            _starts[lane.Lane] = _starts.GetValueOrDefault(lane.Lane) + 1;
            _shapes = shapes;
        }

        return create(lane, Starts(lane.Lane));
    }

    /// <summary>What the lane that was started last was told of its batches.</summary>
    public BatchShapes? Shapes
    {
        get
        {
            lock (_gate)
                return _shapes;
        }
    }

    /// <summary>How often a lane was started.</summary>
    public int Starts(int lane)
    {
        lock (_gate)
            return _starts.GetValueOrDefault(lane);
    }
}
