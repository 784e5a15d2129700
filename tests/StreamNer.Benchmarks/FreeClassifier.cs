using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;

namespace StreamNer.Benchmarks;

/// <summary>A classifier that costs nothing: every logit is zero, so every word gets the first label.</summary>
internal sealed class FreeClassifier(int labels) : ITokenClassifier
{
    private float[] _logits = [];

    public PieceScores Run(TokenBatch batch)
    {
        if (_logits.Length < batch.PaddedTokens * labels)
            _logits = new float[batch.PaddedTokens * labels];
        return new PieceScores(_logits, batch.Width, labels);
    }

    public void WarmUp(BatchShapes shapes)
    {
    }

    public void Cancel()
    {
    }

    public void Dispose()
    {
    }

    /// <summary>Makes one for each lane.</summary>
    internal sealed class Factory(int labels) : ITokenClassifierFactory
    {
        public ITokenClassifier Create(LaneSpec lane, BatchShapes? shapes = null, CancellationToken stop = default) =>
            new FreeClassifier(labels);
    }
}
