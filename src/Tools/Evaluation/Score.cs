namespace StreamNer.Tools.Evaluation;

/// <summary>Precision, recall and F1, 0 to 1; what is divided by nothing is 0.</summary>
/// <param name="Precision">Share of what was predicted that is right.</param>
/// <param name="Recall">Share of what is there that was found.</param>
/// <param name="F1">Their harmonic mean.</param>
/// <param name="Support">How many are there.</param>
internal readonly record struct Score(double Precision, double Recall, double F1, long Support)
{
    /// <summary>Makes a score from counts.</summary>
    public static Score Of(long correct, long predicted, long support)
    {
        var precision = predicted == 0 ? 0 : (double)correct / predicted;
        var recall = support == 0 ? 0 : (double)correct / support;
        return new Score(precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall), support);
    }
}
