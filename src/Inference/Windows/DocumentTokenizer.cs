using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Windows;

/// <summary>Turns documents into pieces, words and windows. Has buffers of its own: one caller at a time.</summary>
internal sealed class DocumentTokenizer
{
    /// <summary>A buffer that has grown beyond this for one huge text is not kept for the next.</summary>
    private const int KeptPieces = 1 << 18;

    /// <summary>The same of its characters, for which the encoder has columns too.</summary>
    private const int KeptCharacters = 1 << 20;

    private readonly IPieceTokenizer _tokenizer;
    private readonly WindowPlanner _planner;
    private readonly OnTooLong _onTooLong;
    private readonly WordOptions _options;
    private readonly DecodingRules _rules;
    private readonly int _labels;
    private readonly PieceGrouping? _grouping;
    private readonly WordBorders _borders;
    private readonly List<TextSpan> _sentences = [];
    private IPieceEncoder _encoder;
    private GivenWordsEncoder? _givenWordsEncoder;
    private PieceBuffer _pieces = new();

    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="modelPieces">The model's longest input in pieces, special ones included.</param>
    /// <param name="options">How long texts are cut.</param>
    /// <param name="words">What a word is; by default what the tokenizer says.</param>
    /// <param name="hasTransitions">Whether the model's folder holds transitions, by which sequences of labels are then chosen.</param>
    /// <param name="labels">Number of labels, by which is known how many words are too many to weigh sequences of.</param>
    public DocumentTokenizer(
        IPieceTokenizer tokenizer, int modelPieces, WindowOptions options, WordOptions? words = null, bool hasTransitions = false,
            int labels = 0)
    {
        _tokenizer = tokenizer;
        _options = words ?? new WordOptions();
        _rules = DecodingRules.Create(_options, hasTransitions);
        _labels = labels;
        _grouping = PieceGrouping.Create(_options, tokenizer);
        _borders = new WordBorders(tokenizer, cutsWords: _options.Source == WordSource.Pretokenizer);
        _encoder = CreateEncoder();
        _onTooLong = options.OnTooLong;
        var capacity = Capacity(tokenizer, modelPieces, options);
        _planner = new WindowPlanner(capacity, Math.Min(options.OverlapPieces, (capacity - 1) / 2));
    }

    /// <summary>Longest window in pieces, special ones included.</summary>
    public int LongestWindow => _planner.Capacity + _tokenizer.Special.Count;

    /// <summary>Longest window in pieces, special ones included, of a tokenizer that such arguments make.</summary>
    public static int LongestWindowOf(IPieceTokenizer tokenizer, int modelPieces, WindowOptions options) =>
        Capacity(tokenizer, modelPieces, options) + tokenizer.Special.Count;

    /// <summary>What is wrong with windows that hold nothing but special pieces; null when there is room for text.</summary>
    public static string? RoomProblem(int longestWindow, int special) => longestWindow > special ? null
        : $"{WindowOptions.Section}:MaxPieces leaves windows of {longestWindow} pieces, and the tokenizer puts {special} special ones into "
            + "each: no text fits; raise it, or take 0 for the model's limit";

    /// <summary>Cuts one document.</summary>
    /// <param name="document">Any text.</param>
    /// <param name="failure">Why there is no result; null when there is one.</param>
    /// <returns>The cut document, without windows when it has no words; null when the configuration refuses its length.</returns>
    public TokenizedDocument? Tokenize(Document document, out DocumentOutcome.Failed? failure)
    {
        try
        {
            if (document.Words is { } given)
            {
                _givenWordsEncoder ??= new GivenWordsEncoder(_tokenizer.CreateWordEncoder());
                _givenWordsEncoder.Encode(document.Text, given.AsSpan(), _pieces);
            }
            else
            {
                _encoder.Encode(document.Text, _pieces);
            }
        }
        catch (TokenizationException refused)
        {
            failure = new DocumentOutcome.Failed(FailureStage.Tokenize, FailureCode.TokenizerFailed, refused.Message);
            return null;
        }

        var result = Cut(document, out failure);
        if (_pieces.Count > KeptPieces || document.Text.Length > KeptCharacters)
        {
            _pieces = new PieceBuffer();
            _encoder = CreateEncoder();
            _givenWordsEncoder = null;
        }

        return result;
    }

    private TokenizedDocument? Cut(Document document, out DocumentOutcome.Failed? failure)
    {
        failure = null;
        var count = _pieces.Count;
        var truncated = false;
        if (count > _planner.Capacity && _onTooLong != OnTooLong.Windows)
        {
            if (_onTooLong == OnTooLong.Fail)
            {
                failure = new DocumentOutcome.Failed(FailureStage.Tokenize, FailureCode.TextTooLong,
                    $"the text has {count} pieces, one window of the model holds {_planner.Capacity}; "
                        + $"{WindowOptions.Section}:OnTooLong = Windows reads all of it");
                return null;
            }

            count = _planner.Capacity;
            truncated = true;
        }

        // A long text is cut between the tokenizer's words. What gets a label are the given words, which stay what they are; the pieces, or
        // groups of them, where the aggregation says so; else the words as their borders say.
        var words = document.Words is { } given ? Given(given.AsSpan(), _pieces.Words[..count]) : null;
        var units = (document.Words is null || _rules.LabelsPieces) && _grouping is not null
            ? Words(document.Text, _grouping.Group(document.Text, _pieces, count))
            : words ?? Bordered(document.Text, count);
        if (_rules.Decoding != LabelDecoding.Argmax && (long)units.Count * _labels is var logits and > DecodingRules.MostLogits)
        {
            failure = new DocumentOutcome.Failed(FailureStage.Tokenize, FailureCode.TextTooLong,
                $"the text has {units.Count} words; to weigh sequences of {_labels} labels takes {logits} logits, the limit is "
                    + $"{DecodingRules.MostLogits}; {WordOptions.Section}:Decoding = Argmax takes each word's surest label");
            return null;
        }

        if (words is null && count > _planner.Capacity)
            words = Words(document.Text, _pieces.Words[..count]);
        var sentences = Sentences(document.Text, isLong: count > _planner.Capacity);
        var ids = _pieces.Ids[..count].ToArray();
        return new TokenizedDocument(
            document, ids, units, _planner.Plan(count, words ?? units, units, sentences), _tokenizer.Special.Count, truncated)
        {
            Rules = _rules,
            Sentences = _options.Sentences ? sentences : [],
        };
    }

    private static int Capacity(IPieceTokenizer tokenizer, int modelPieces, WindowOptions options) =>
        (options.MaxPieces == 0 ? modelPieces : Math.Min(options.MaxPieces, modelPieces)) - tokenizer.Special.Count;

    private IPieceEncoder CreateEncoder()
    {
        var encoder = _tokenizer.CreateEncoder();
        if (_options.Source == WordSource.Tokens)
            encoder = new WordwiseEncoder(encoder);
        return _options.CleanUp == CleanUp.Disabled ? encoder : new CleaningEncoder(encoder, _options.CleanUp);
    }

    /// <summary>The sentences, where somebody needs them: windows of a long text, or who asked for them.</summary>
    private ImmutableArray<TextSpan> Sentences(string text, bool isLong)
    {
        if (!isLong && !_options.Sentences)
            return [];
        SentenceCutter.Cut(text, _sentences);
        return [.. _sentences];
    }

    private static int Count(ReadOnlySpan<int> ids)
    {
        var words = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (i == 0 || ids[i] != ids[i - 1])
                words++;
        }

        return words;
    }

    /// <summary>Those of the given words that have pieces.</summary>
    private static WordColumns Given(ReadOnlySpan<TextSpan> given, ReadOnlySpan<int> ids)
    {
        var words = Count(ids);
        var (starts, ends, first) = (new int[words], new int[words], new int[words]);
        var word = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (i > 0 && ids[i] == ids[i - 1])
                continue;
            (starts[word], ends[word], first[word]) = (given[ids[i]].Start, given[ids[i]].End, i);
            word++;
        }

        return new WordColumns(starts, ends, first);
    }

    private WordColumns Words(string text, ReadOnlySpan<int> ids)
    {
        var words = Count(ids);
        var (starts, ends, first) = (new int[words], new int[words], new int[words]);
        var word = -1;
        for (var i = 0; i < ids.Length; i++)
        {
            if (i == 0 || ids[i] != ids[i - 1])
                (starts[++word], ends[word], first[word]) = (_pieces.Starts[i], _pieces.Ends[i], i);
            starts[word] = Math.Min(starts[word], _pieces.Starts[i]);
            ends[word] = Math.Max(ends[word], _pieces.Ends[i]);
        }

        Widen(text, starts, ends);
        return new WordColumns(starts, ends, first);
    }

    private WordColumns Bordered(string text, int count)
    {
        _borders.Find(text, _pieces, count);
        int[] starts = [.. _borders.Starts];
        int[] ends = [.. _borders.Ends];
        Widen(text, starts, ends);

        // A mark that stands on a blank is one cluster with it, and so is a sign that is written before what it belongs to, but the blank
        // is no part of the word.
        for (var w = 0; w < starts.Length; w++)
        {
            starts[w] = BehindLastBlank(text, starts[w], _borders.Starts[w]);
            ends[w] = AtFirstBlank(text, _borders.Ends[w], ends[w]);
        }

        return new WordColumns(starts, ends, [.. _borders.FirstPieces]);
    }

    private static int BehindLastBlank(string text, int from, int to)
    {
        for (var at = to; at > from; at--)
        {
            if (text[at - 1].IsBlank())
                return at;
        }

        return from;
    }

    private static int AtFirstBlank(string text, int from, int to)
    {
        for (var at = from; at < to; at++)
        {
            if (text[at].IsBlank())
                return at;
        }

        return to;
    }

    /// <summary>Spans shown to users are whole grapheme clusters, but a word never takes what belongs to its neighbour.</summary>
    private static void Widen(string text, int[] starts, int[] ends)
    {
        var words = starts.Length;
        for (var w = 0; w < words; w++)
        {
            var previous = w == 0 ? 0 : ends[w - 1];
            starts[w] = Math.Max(GraphemeBorders.WidenStart(text, starts[w], Math.Min(previous, starts[w])), Math.Min(previous, starts[w]));
            var following = w + 1 < words ? Math.Max(starts[w + 1], ends[w]) : text.Length;
            ends[w] = ends[w] > starts[w] ? GraphemeBorders.WidenEnd(text, starts[w], ends[w], following) : ends[w];
        }
    }
}
