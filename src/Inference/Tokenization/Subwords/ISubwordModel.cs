namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>Knows the pieces of a vocabulary and how a word is cut into them. Immutable tables, any thread.</summary>
internal interface ISubwordModel
{
    /// <summary>Makes a cutter with scratch buffers of its own; a model without scratch gives itself.</summary>
    ISubwordCutter CreateCutter();
}
