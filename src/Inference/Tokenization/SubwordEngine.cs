namespace StreamNer.Inference.Tokenization;

/// <summary>
/// Which implementation cuts words into pieces. Both give the same pieces; a tokenizer for which they would not is refused.
/// </summary>
public enum SubwordEngine
{
    /// <summary>This project's own: several times faster, and allocates nothing per text.</summary>
    Own,

    /// <summary>
    /// Microsoft.ML.Tokenizers, for WordPiece and byte-level BPE. Everything around the cutting of words stays this project's own.
    /// </summary>
    Package,
}
