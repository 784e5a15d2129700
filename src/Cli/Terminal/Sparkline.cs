namespace StreamNer.Cli.Terminal;

/// <summary>Draws a series of numbers on one line, as high as a letter.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>Draws the last values.</summary>
    /// <param name="values">In order of time; null where there is none, drawn as a blank.</param>
    /// <param name="width">Signs at most, one a value.</param>
    /// <remarks>From 0 to the highest value, so that a line that hardly moves looks like one.</remarks>
    public static string Of(IEnumerable<double?> values, int width)
    {
        double?[] shown = [.. values.TakeLast(width)];
        var highest = shown.Max() ?? 0;
        return string.Concat(shown.Select(value => value is not { } number ? ' ' : highest <= 0 ? Bars[0]
            : Bars[(int)Math.Round(Math.Clamp(number / highest, 0, 1) * (Bars.Length - 1))]));
    }
}
