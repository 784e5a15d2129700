using System.Collections.Immutable;

namespace StreamNer.Inference.Tokenization;

/// <summary>The pieces that a model wants around those of the text.</summary>
/// <param name="Before">Ids in front of a window's pieces, such as <c>[CLS]</c>.</param>
/// <param name="After">Ids behind them, such as <c>[SEP]</c>.</param>
/// <param name="Pad">Id that fills a shorter window up to its batch's width.</param>
internal sealed record SpecialPieces(ImmutableArray<int> Before, ImmutableArray<int> After, int Pad)
{
    /// <summary>Token type of each id of <see cref="Before"/>; empty means 0 for all.</summary>
    public ImmutableArray<int> BeforeTypes { get; init; } = [];

    /// <summary>Token type of each id of <see cref="After"/>; empty means 0 for all.</summary>
    public ImmutableArray<int> AfterTypes { get; init; } = [];

    /// <summary>Token type of the text's own pieces.</summary>
    public int Type { get; init; }

    /// <summary>Token type of padding.</summary>
    public int PadType { get; init; }

    /// <summary>True when padding goes in front (XLNet).</summary>
    public bool PadLeft { get; init; }

    /// <summary>How many special pieces a window has.</summary>
    public int Count => Before.Length + After.Length;
}
