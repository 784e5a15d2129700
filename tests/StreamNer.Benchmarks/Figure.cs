namespace StreamNer.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured, in words.</param>
/// <param name="Value">The figure, with its unit.</param>
/// <param name="Ratio">What it is compared with in the same run: this over that; null when it stands alone.</param>
/// <param name="Against">What it is compared with, and the bar.</param>
internal sealed record Figure(string What, string Value, double? Ratio = null, string Against = "");
