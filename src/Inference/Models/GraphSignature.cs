using System.Collections.Immutable;

namespace StreamNer.Inference.Models;

/// <summary>What an ONNX graph takes and gives.</summary>
/// <param name="Inputs">Its inputs, all known to be ones that we can fill.</param>
/// <param name="Output">Name of the output that holds the logits <c>[batch, sequence, labels]</c>.</param>
/// <param name="HalfPrecision">True when the logits are float16, false when float32.</param>
/// <param name="Labels">Size of the last dimension; null when the graph leaves it open.</param>
internal sealed record GraphSignature(ImmutableArray<GraphInput> Inputs, string Output, bool HalfPrecision, int? Labels)
{
    /// <summary>Windows that every run must have; null where the graph leaves it open.</summary>
    public int? FixedWindows { get; init; }

    /// <summary>Pieces that every window must have, padding included; null where the graph leaves it open.</summary>
    public int? FixedWidth { get; init; }

    /// <summary>Whether the graph is told what is padding. Where it isn't, windows of different lengths don't go into one run.</summary>
    public bool MasksPadding => Inputs.Any(input => input.Role == InputRole.Mask);

    /// <summary>What a user may want to know of it: how it differs from what exporters usually write.</summary>
    public IEnumerable<string> Notes()
    {
        if (FixedWindows is 1)
            yield return "the graph's batch is fixed at 1: batching is off, each window is a run of its own";
        else if (FixedWindows is { } windows)
            yield return $"the graph's batch is fixed at {windows}: each run has {windows} windows, empty ones included";
        if (FixedWidth is { } width)
        {
            yield return $"the graph's sequence is fixed at {width}: every window is padded to {width} pieces, which costs as much as "
                + "a full one";
        }

        if (!MasksPadding)
        {
            yield return FixedWidth is null
                ? "the graph has no attention mask: only windows of one length share a run"
                : "the graph has no attention mask, so padding counts as text: labels of short texts may differ from those of the "
                    + "original model";
        }
    }
}

/// <summary>One input of a graph, <c>[batch, sequence]</c>.</summary>
/// <param name="Name">Its name as the graph declares it.</param>
/// <param name="Role">What goes into it.</param>
/// <param name="Is32Bit">True for int32 elements, false for int64.</param>
internal sealed record GraphInput(string Name, InputRole Role, bool Is32Bit);

/// <summary>What goes into an input.</summary>
internal enum InputRole
{
    /// <summary><c>input_ids</c></summary>
    Ids,

    /// <summary><c>attention_mask</c>: 1 for a piece, 0 for padding.</summary>
    Mask,

    /// <summary><c>token_type_ids</c></summary>
    Types,

    /// <summary><c>position_ids</c>: 0, 1, 2, ... as BERT counts them, or from behind the padding id on, as RoBERTa does.</summary>
    Positions,

    /// <summary>
    /// <c>global_attention_mask</c> of Longformer: 0 throughout, as no piece is more than another where each gets a label.
    /// </summary>
    Global,
}
