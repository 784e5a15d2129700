namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Which implementation cuts words into pieces. Both give the same pieces.</summary>
internal enum SubwordEngine
{
    /// <summary>This project's own: several times faster, and allocates nothing per text.</summary>
    Own,

    /// <summary>Microsoft.ML.Tokenizers, for the models where it is exact; a cross-check.</summary>
    Package,
}
