namespace StreamNer.Inference.Decoding;

/// <summary>Turns a row of logits into its best label and that label's probability.</summary>
internal static class Softmax
{
    /// <summary>Finds the highest logit; the first of equals, as argmax does.</summary>
    /// <param name="row">One or more logits. NaN counts as lowest, so that a broken row gives a label and a score of 0, not a crash.</param>
    /// <param name="probability">Its share of the sum of exponentials, 0..1.</param>
    public static int Best(ReadOnlySpan<float> row, out float probability)
    {
        var best = 0;
        for (var i = 1; i < row.Length; i++)
        {
            if (row[i] > row[best] || float.IsNaN(row[best]))
                best = i;
        }

        var sum = 0d;
        foreach (var value in row)
            sum += Math.Exp(value - row[best]);
        probability = double.IsNaN(sum) || sum <= 0 ? 0 : (float)(1 / sum);
        return best;
    }
}
