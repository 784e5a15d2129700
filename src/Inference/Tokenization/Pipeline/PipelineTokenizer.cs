using System.Collections.Immutable;
using StreamNer.Inference.Tokenization.AddedTokens;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Normalizing;
using StreamNer.Inference.Tokenization.Splitting;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Pipeline;

/// <summary>
/// A tokenizer put together from steps: added tokens, normalizers, splitters, and the model that cuts words. Immutable, any thread.
/// </summary>
internal sealed class PipelineTokenizer : IPieceTokenizer
{
    /// <param name="addedTokens">Texts that are one piece wherever they occur.</param>
    /// <param name="normalizers">Steps that rewrite the text, in order.</param>
    public PipelineTokenizer(IReadOnlyCollection<AddedToken> addedTokens, ImmutableArray<INormalizer> normalizers)
    {
        Normalizers = normalizers;
        SpecialTokens = [.. addedTokens.Where(token => token.Special).Select(token => token.Id)];
        RawTokens = new AddedTokenFinder(addedTokens.Where(token => !token.Normalized));

        // Looked for in the normalized text, so it is their normalized form that is looked for. Of two that become equal the first counts.
        var normalized = addedTokens.Where(token => token.Normalized)
            .Select(token => token with { Content = Normalize(token.Content) })
            .Where(token => token.Content.Length > 0)
            .DistinctBy(token => token.Content)
            .ToArray();
        NormalizedTokens = normalized.Length > 0 ? new AddedTokenFinder(normalized) : null;
    }

    /// <summary>Steps that rewrite the text, in order.</summary>
    public ImmutableArray<INormalizer> Normalizers { get; }

    /// <summary>Added tokens that are looked for in the original text.</summary>
    public AddedTokenFinder RawTokens { get; }

    /// <summary>Added tokens that are looked for in the normalized text; null when there are none.</summary>
    public AddedTokenFinder? NormalizedTokens { get; }

    /// <summary>Steps that cut it into words, in order.</summary>
    public required ImmutableArray<ISplitter> Splitters { get; init; }

    /// <summary>Cuts the words into pieces.</summary>
    public required ISubwordModel Model { get; init; }

    /// <summary>Takes blanks out of the spans; null leaves them in.</summary>
    public BlankTrimmer? Trimmer { get; init; }

    /// <summary>Id of the piece that stands for what the vocabulary lacks; null when there is none.</summary>
    public int? Unknown { get; init; }

    /// <summary>
    /// Code points of each piece's name by id, where a mark in the name says that a piece goes on with a word; null for other models.
    /// </summary>
    public int[]? MarkedLengths { get; init; }

    /// <summary>Ids of pieces that are nothing but signs of blanks.</summary>
    public ImmutableArray<int> Blanks { get; init; } = [];

    /// <summary>A blank is put in front of words that stand alone, where pieces hold the blank before them.</summary>
    public bool BlankBeforeWords { get; init; }

    private ImmutableArray<int> SpecialTokens { get; }

    private bool[] Silent => field ??= FindSilent();

    /// <inheritdoc/>
    public required int VocabularySize { get; init; }

    /// <inheritdoc/>
    public required SpecialPieces Special { get; init; }

    /// <inheritdoc/>
    public required int? MaxPieces { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <inheritdoc/>
    /// <remarks>The unknown piece is special too, but it stands for words.</remarks>
    public bool IsSilent(int id) => Silent[id];

    /// <inheritdoc/>
    public IPieceEncoder CreateEncoder() => new PipelineEncoder(this, Splitters, Trimmer);

    /// <inheritdoc/>
    /// <remarks>
    /// Byte-level pieces hold the blank before them, so words without one are other pieces than in a text. RoBERTa's and GPT-2's classes in
    /// the reference refuse words unless <c>add_prefix_space</c> is set; others take them without, so models saw them so in training. All
    /// other tokenizers put their sign before a word themselves.
    /// </remarks>
    public IPieceEncoder CreateWordEncoder() => Splitters switch
    {
        _ when !BlankBeforeWords => CreateEncoder(),
        [ByteLevelSplitter bytes] => new PipelineEncoder(this, [bytes.WithPrefixSpace()], Trimmer?.WithPrefixSpace()),
        [.., ByteLevelSplitter] =>
            new PipelineEncoder(
                this, [new ByteLevelSplitter(addPrefixSpace: true, split: false), .. Splitters], Trimmer?.WithPrefixSpace()),
        _ => CreateEncoder(),
    };

    private bool[] FindSilent()
    {
        var silent = new bool[VocabularySize];
        foreach (var id in Blanks.Concat(SpecialTokens))
            silent[id] = id != Unknown;
        return silent;
    }

    private string Normalize(string content)
    {
        var text = new AlignedText();
        text.Begin(content.Length);
        text.Load(content, 0, content.Length);
        foreach (var normalizer in Normalizers)
            normalizer.Normalize(text);
        return text.Chars.ToString();
    }
}
