using System.Numerics;
using System.Runtime.InteropServices;

namespace StreamNer.Inference.Models;

/// <summary>
/// What a model says of a batch: for each piece the logits of all labels, or its best label with the probability alone, as the head gives
/// them that was added to the graph. A view into its classifier's buffers.
/// </summary>
internal readonly ref struct PieceScores
{
    private readonly ReadOnlySpan<float> _values;
    private readonly ReadOnlySpan<ushort> _best;

    /// <summary>Makes scores of logits.</summary>
    /// <param name="logits">float32 <c>[windows, width, labels]</c>, row-major; rows past a window's length are undefined.</param>
    /// <param name="width">Pieces of each window, padding included.</param>
    /// <param name="labels">Scores of each row.</param>
    public PieceScores(ReadOnlySpan<float> logits, int width, int labels)
    {
        _values = logits;
        Width = width;
        Labels = labels;
    }

    /// <summary>Makes scores of each piece's best label.</summary>
    /// <param name="best"><c>[windows, width]</c>, row-major; those past a window's length are undefined.</param>
    /// <param name="probabilities">Their probabilities, 0..1; NaN where a logit of the piece is no number.</param>
    /// <param name="width">Pieces of each window, padding included.</param>
    /// <param name="labels">Number of labels.</param>
    public PieceScores(ReadOnlySpan<ushort> best, ReadOnlySpan<float> probabilities, int width, int labels)
    {
        _best = best;
        _values = probabilities;
        Width = width;
        Labels = labels;
    }

    /// <summary>Rows of each window, those of padding included.</summary>
    public int Width { get; }

    /// <summary>Number of labels.</summary>
    public int Labels { get; }

    /// <summary>Whether there is a score for each label.</summary>
    public bool HasLogits => _best.IsEmpty;

    /// <summary>Makes scores from an array of rows, for tests and scripted classifiers.</summary>
    public static PieceScores FromArray(float[,,] logits) => new(
        MemoryMarshal.CreateReadOnlySpan(ref logits[0, 0, 0], logits.Length), logits.GetLength(1), logits.GetLength(2));

    /// <summary>The label that the model is surest of, the first of equals.</summary>
    /// <param name="window">Index of the window in its batch.</param>
    /// <param name="position">Index of the piece in the window, special pieces and padding counted.</param>
    /// <param name="probability">Its probability, 0..1; 0 for a piece without one.</param>
    public int Best(int window, int position, out float probability)
    {
        if (HasLogits)
            return Softmax.Best(Row(window, position), out probability);
        var at = (window * Width) + position;
        probability = float.IsNaN(_values[at]) ? 0 : _values[at];
        return Math.Min(_best[at], Labels - 1);
    }

    /// <summary>The logits of one piece, by label.</summary>
    /// <inheritdoc cref="Best" path="/param[@name!='probability']"/>
    public ReadOnlySpan<float> Row(int window, int position)
    {
        if (!HasLogits)
            throw new InvalidOperationException("only the best labels were computed; the batch must say that it needs logits");
        return _values.Slice(((window * Width) + position) * Labels, Labels);
    }

    /// <summary>Whether every logit of some pieces in a row is a number.</summary>
    /// <param name="window">Index of the window in its batch.</param>
    /// <param name="position">Index of the first piece in the window, special pieces and padding counted.</param>
    /// <param name="count">How many pieces.</param>
    public bool AreFinite(int window, int position, int count)
    {
        var each = HasLogits ? Labels : 1;
        var values = _values.Slice(((window * Width) + position) * each, count * each);

        // The difference of a number with itself is 0; of an infinity or of what is no number it is none.
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var some = new Vector<float>(values[i..]);
            sums += some - some;
        }

        var sum = Vector.Sum(sums);
        for (; i < values.Length; i++)
            sum += values[i] - values[i];
        return sum == 0;
    }
}
