using System.Runtime.InteropServices;

namespace StreamNer.Inference.Models;

/// <summary>What a model says of a batch: one row of scores for each piece. A view into its classifier's buffer.</summary>
/// <param name="values">float32 <c>[windows, width, labels]</c>, row-major; rows past a window's length are undefined.</param>
/// <param name="width">Pieces of each window, padding included.</param>
/// <param name="labels">Scores of each row.</param>
internal readonly ref struct Logits(ReadOnlySpan<float> values, int width, int labels)
{
    private readonly ReadOnlySpan<float> _values = values;

    /// <summary>Scores of each row.</summary>
    public int Labels => labels;

    /// <summary>The scores of one piece, by label.</summary>
    /// <param name="window">Index of the window in its batch.</param>
    /// <param name="position">Index of the piece in the window, special pieces counted.</param>
    public ReadOnlySpan<float> Row(int window, int position) => _values.Slice((window * width + position) * labels, labels);

    /// <summary>The scores of some pieces in a row.</summary>
    /// <param name="window">Index of the window in its batch.</param>
    /// <param name="position">Index of the first piece in the window, special pieces and padding counted.</param>
    /// <param name="count">How many pieces.</param>
    public ReadOnlySpan<float> Rows(int window, int position, int count) => _values.Slice((window * width + position) * labels, count * labels);

    /// <summary>Makes logits from an array of rows, for tests and scripted classifiers.</summary>
    public static Logits Of(float[,,] values) => new(
        MemoryMarshal.CreateReadOnlySpan(ref values[0, 0, 0], values.Length), values.GetLength(1), values.GetLength(2));
}
