namespace StreamNer.Inference.Models;

/// <summary>Turns a row of logits into its best label and that label's probability.</summary>
internal static class Softmax
{
    /// <summary>Finds the highest logit; the first of equals, as argmax does.</summary>
    /// <param name="row">
    /// One or more logits. NaN counts as lowest, so that a broken row gives a label and a score of 0, not a crash.
    /// </param>
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

    /// <summary>The probability of one label of a row, 0..1.</summary>
    public static float Probability(ReadOnlySpan<float> row, int label)
    {
        var highest = row[Best(row, out var probability)];
        return (float)(Math.Exp(row[label] - highest) * probability);
    }

    /// <summary>Adds the probabilities of a row to running sums.</summary>
    /// <returns>False for a row without a maximum (NaN), of which nothing is added.</returns>
    public static bool AddTo(Span<double> sums, ReadOnlySpan<float> row)
    {
        var highest = row[Best(row, out var probability)];
        if (probability == 0)
            return false;

        var sum = 0d;
        foreach (var value in row)
            sum += Math.Exp(value - highest);
        for (var i = 0; i < row.Length; i++)
            sums[i] += Math.Exp(row[i] - highest) / sum;
        return true;
    }
}
