using StreamNer.Inference.Batching;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>
/// The shapes that an engine of TensorRT is made for, as ONNX Runtime's provider reads them: <c>input_ids:1x1,attention_mask:1x1</c>.
/// </summary>
/// <param name="Min">The smallest.</param>
/// <param name="Opt">The one that it is made fastest for.</param>
/// <param name="Max">The largest of each dimension; the engine holds memory for all of it.</param>
/// <remarks>
/// There is one profile, a rectangle, since the provider uses the first alone. Every batch that the budget allows lies inside of it, so an
/// engine is made once.
/// </remarks>
internal sealed record TensorRtProfile(string Min, string Opt, string Max)
{
    /// <summary>Length of a window that most texts don't exceed, in pieces.</summary>
    private const int UsualWidth = 128;

    /// <summary>
    /// Makes the profile of a graph; null where the graph leaves nothing open, or where a name can't be written in a profile: TensorRT then
    /// goes by the shapes that come.
    /// </summary>
    public static TensorRtProfile? For(GraphSignature graph, BatchShapes shapes)
    {
        if (graph is { FixedWindows: not null, FixedWidth: not null } || graph.Inputs.Any(input => input.Name.AsSpan().ContainsAny(",:")))
            return null;
        var budget = shapes.Budget;
        var mostWindows = Math.Max(1, Math.Min(budget.MaxWindows, budget.MaxPaddedTokens));
        var usual = Math.Min(UsualWidth, shapes.LongestWindow);
        return new TensorRtProfile(
            Shape(1, 1),
            Shape(Math.Clamp(budget.MaxPaddedTokens / usual, 1, mostWindows), usual),
            Shape(mostWindows, shapes.LongestWindow));

        string Shape(int windows, int width) =>
            string.Join(',', graph.Inputs.Select(input => $"{input.Name}:{graph.FixedWindows ?? windows}x{graph.FixedWidth ?? width}"));
    }
}
