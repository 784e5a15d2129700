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

/// <summary>How one type, or one label, was met.</summary>
/// <param name="Name">The type.</param>
/// <param name="Correct">Found where they are.</param>
/// <param name="Predicted">Predicted in all.</param>
/// <param name="Support">There in all.</param>
internal sealed record TypeCounts(string Name, long Correct, long Predicted, long Support)
{
    /// <summary>Its score.</summary>
    public Score Score => Score.Of(Correct, Predicted, Support);
}

/// <summary>A type that was not counted.</summary>
/// <param name="Type">The type.</param>
/// <param name="Reason">Why.</param>
/// <param name="Predicted">How many the model found.</param>
/// <param name="Support">How many are in the data.</param>
internal sealed record LeftOut(string Type, LeftOutReason Reason, long Predicted, long Support);

/// <summary>Why a type was not counted.</summary>
internal enum LeftOutReason
{
    /// <summary>The data never has it.</summary>
    UnknownToData,

    /// <summary>None of the model's labels has it.</summary>
    UnknownToModel,

    /// <summary>It was not among the types asked for.</summary>
    NotAskedFor,
}
