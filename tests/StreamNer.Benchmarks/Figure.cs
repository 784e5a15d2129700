namespace StreamNer.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured, in words.</param>
/// <param name="Value">The figure, with its unit.</param>
/// <param name="How">How often it was measured, and what the figure is of that.</param>
/// <param name="Ratio">What it is compared with in the same run: this over that; null when it stands alone.</param>
/// <param name="Against">What it is compared with, and the bar.</param>
internal sealed record Figure(string What, string Value, string How, double? Ratio = null, string Against = "")
{
    /// <summary>It happened one time.</summary>
    public const string Once = "once";

    /// <summary>It is the same each time.</summary>
    public const string Counted = "counted";

    /// <summary>The value says what is missing.</summary>
    public const string NotMeasured = "not measured";

    /// <summary>The middle of several runs of one thing.</summary>
    public static string MedianOf(int runs) => $"median of {runs}";

    /// <summary>The middle of several rounds in which each thing that is compared has its turn.</summary>
    public static string InTurn(int rounds) => $"median of {rounds} in turn";
}
