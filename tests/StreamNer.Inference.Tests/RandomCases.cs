using System.Globalization;

namespace StreamNer.Inference.Tests;

/// <summary>How many random cases a property that needs a model is tried on.</summary>
internal static class RandomCases
{
    /// <summary>How many times as many as usual.</summary>
    private const string Variable = "STREAMNER_RANDOM_CASES";

    private static readonly int Factor = int.Parse(Environment.GetEnvironmentVariable(Variable) ?? "1", CultureInfo.InvariantCulture);

    /// <summary>So many, or a multiple of them where somebody has the time.</summary>
    public static int Times(int usual) => usual * Factor;
}
