namespace StreamNer.Inference.Words;

/// <summary>How the labels of pieces become tokens and entities.</summary>
/// <remarks>
/// All but <see cref="Scheme"/> follow the reference token-classification pipeline's <c>aggregation_strategy</c> of the same name: its words,
/// its grouping (a neighbour of the same type goes on unless its label begins with <c>B-</c>), its names (what follows a label's last hyphen).
/// </remarks>
public enum Aggregation
{
    /// <summary>A word has the label of its first piece; entities follow the label scheme, BIO, BIOES or plain. The default.</summary>
    Scheme,

    /// <summary>Every piece is a token and an entity of its own, with the model's full label.</summary>
    None,

    /// <summary>Every piece is a token; neighbours of one type are an entity, so one may begin inside a word.</summary>
    Simple,

    /// <summary>A word has the label of its first piece.</summary>
    First,

    /// <summary>A word has the label of the highest mean probability over its pieces.</summary>
    Average,

    /// <summary>A word has the label of the piece that is surest.</summary>
    Max,
}
