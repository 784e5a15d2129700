using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;

namespace StreamNer.TestSupport.Inference;

/// <summary>A classifier that labels each piece by its id, and fails when its script says so. One caller at a time.</summary>
/// <param name="labels">Number of labels.</param>
/// <param name="labelOf">The label of a piece id.</param>
internal sealed class ScriptedClassifier(int labels, Func<int, int> labelOf) : ITokenClassifier
{
    private float[] _logits = [];

    /// <summary>Called before each run; throws to make it fail.</summary>
    public Action<TokenBatch> BeforeRun { get; init; } = _ => { };

    /// <summary>Called when the lane warms up; throws to make it fail.</summary>
    public Action BeforeWarmUp { get; init; } = () => { };

    public Action OnCancel { get; init; } = () => { };

    public Action OnDispose { get; init; } = () => { };

    public PieceScores Run(TokenBatch batch)
    {
        BeforeRun(batch);
        _logits = new float[batch.PaddedTokens * labels];
        for (var w = 0; w < batch.Windows.Count; w++)
        {
            var window = batch.Windows[w];
            for (var i = 0; i < window.PieceIds.Length; i++)
                _logits[(w * batch.Width + 1 + i) * labels + labelOf(window.PieceIds[i])] = 10;
        }

        return new PieceScores(_logits, batch.Width, labels);
    }

    public void WarmUp(BatchShapes shapes) => BeforeWarmUp();

    public void Cancel() => OnCancel();

    public void Dispose() => OnDispose();
}
