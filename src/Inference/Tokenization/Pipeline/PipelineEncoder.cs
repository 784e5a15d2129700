using System.Collections.Immutable;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Splitting;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Pipeline;

/// <summary>Takes texts through the steps of a <see cref="PipelineTokenizer"/>. One caller at a time.</summary>
/// <param name="tokenizer">The steps.</param>
/// <param name="splitters">Cut the text into words; the tokenizer's own, or those for words that stand alone.</param>
/// <param name="trimmer">Takes blanks out of the spans; null leaves them in.</param>
internal sealed class PipelineEncoder(
    PipelineTokenizer tokenizer, ImmutableArray<ISplitter> splitters, BlankTrimmer? trimmer) : IPieceEncoder
{
    private readonly ISubwordCutter _cutter = tokenizer.Model.CreateCutter();
    private readonly AlignedText _text = new();
    private readonly WordRanges _segments = new();
    private WordRanges _words = new();
    private WordRanges _spareWords = new();
    private int _word;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
    {
        Begin(text.Length);
        EncodePart(text, pieces);
    }

    /// <inheritdoc/>
    public void Begin(int units) => _text.Begin(units);

    /// <inheritdoc/>
    public void EncodePart(ReadOnlySpan<char> text, PieceBuffer pieces)
    {
        pieces.Clear();
        _word = 0;
        _segments.Clear();
        tokenizer.RawTokens.Split(text, _segments);
        foreach (var segment in _segments.All)
        {
            if (segment.IsToken)
                pieces.Add(segment.Token, segment.From, segment.To, _word++);
            else
                EncodeSegment(text, segment, pieces);
        }

        trimmer?.Trim(text, pieces);
    }

    private void EncodeSegment(ReadOnlySpan<char> text, WordRange segment, PieceBuffer pieces)
    {
        _text.Load(text, segment.From, segment.To);
        foreach (var normalizer in tokenizer.Normalizers)
            normalizer.Normalize(_text);

        _words.Clear();
        if (tokenizer.NormalizedTokens is { } tokens)
            tokens.Split(_text.Chars, _words);
        else
            _words.Add(0, _text.Length);

        foreach (var splitter in splitters)
        {
            _spareWords.Clear();
            splitter.Split(_text, _words, _spareWords);
            (_words, _spareWords) = (_spareWords, _words);
        }

        _text.EndPart();
        foreach (var range in _words.All)
        {
            var word = _text.Word(range.From, range.To, _word++);
            if (range.IsToken)
                pieces.Add(range.Token, word.Starts[0], word.Ends[^1], word.Number);
            else
                _cutter.Cut(word, pieces);
        }
    }
}
