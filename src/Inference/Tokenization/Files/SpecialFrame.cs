namespace StreamNer.Inference.Tokenization.Files;

/// <summary>What a post-processor puts around a text: ids and token types.</summary>
internal sealed class SpecialFrame
{
    /// <summary>Ids in front of the text, each with its token type.</summary>
    public List<(int Id, int Type)> Before { get; } = [];

    /// <summary>Ids behind the text, each with its token type.</summary>
    public List<(int Id, int Type)> After { get; } = [];

    /// <summary>Token type of the text.</summary>
    public int Type { get; set; }

    /// <summary>Blanks at the ends of byte-level pieces are taken out of their spans.</summary>
    public bool TrimsBlanks { get; set; }

    /// <summary>Says to the trimming that a blank was put in front of the text.</summary>
    public bool AddsPrefixSpace { get; set; }

    /// <summary>The special pieces, completed by what pads.</summary>
    public SpecialPieces Around(int pad, bool padLeft) => new([.. Before.Select(piece => piece.Id)], [.. After.Select(piece => piece.Id)], pad)
    {
        BeforeTypes = [.. Before.Select(piece => piece.Type)],
        AfterTypes = [.. After.Select(piece => piece.Type)],
        Type = Type,
        PadLeft = padLeft,
    };
}
