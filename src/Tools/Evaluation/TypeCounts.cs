namespace StreamNer.Tools.Evaluation;

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
