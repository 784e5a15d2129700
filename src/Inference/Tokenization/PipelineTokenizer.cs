using System.Collections.Immutable;
using StreamNer.Inference.Tokenization.AddedTokens;
using StreamNer.Inference.Tokenization.Normalizing;
using StreamNer.Inference.Tokenization.Splitting;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization;

/// <summary>A tokenizer put together from steps: added tokens, normalizers, splitters, and the model that cuts words. Immutable, any thread.</summary>
internal sealed class PipelineTokenizer : IPieceTokenizer
{
    /// <summary>Texts that are one piece wherever they occur.</summary>
    public required ImmutableArray<AddedToken> AddedTokens
    {
        init
        {
            RawTokens = new AddedTokenFinder(value.Where(token => !token.Normalized));
            NormalizedTokens = value.Any(token => token.Normalized) ? new AddedTokenFinder(value.Where(token => token.Normalized)) : null;
        }
    }

    /// <summary>Steps that rewrite the text, in order.</summary>
    public required ImmutableArray<INormalizer> Normalizers { get; init; }

    /// <summary>Steps that cut it into words, in order.</summary>
    public required ImmutableArray<ISplitter> Splitters { get; init; }

    /// <summary>Cuts the words into pieces.</summary>
    public required ISubwordModel Model { get; init; }

    /// <summary>Takes blanks out of the spans; null leaves them in.</summary>
    public BlankTrimmer? Trimmer { get; init; }

    /// <inheritdoc/>
    public required int VocabularySize { get; init; }

    /// <inheritdoc/>
    public required SpecialPieces Special { get; init; }

    /// <inheritdoc/>
    public required int? MaxPieces { get; init; }

    /// <summary>Added tokens that are looked for in the original text.</summary>
    public AddedTokenFinder RawTokens { get; private init; } = null!;

    /// <summary>Added tokens that are looked for in the normalized text; null when there are none.</summary>
    public AddedTokenFinder? NormalizedTokens { get; private init; }

    /// <inheritdoc/>
    public IPieceEncoder CreateEncoder() => new PipelineEncoder(this);
}
