using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Windows;

/// <summary>A document cut into pieces, words and windows, with room for what the model says of each word.</summary>
/// <remarks>
/// Made by one tokenizing thread, then shared: lanes read the pieces and each writes the labels of the words its window answers for.
/// Those ranges are disjoint, so windows of one document may be scored on several lanes at once.
/// </remarks>
internal sealed class TokenizedDocument
{
    private readonly TokenWindow[] _windows;
    private float[]? _emissions;
    private volatile bool _hasFailed;

    public TokenizedDocument(
        Document document, int[] pieceIds, WordColumns words, IReadOnlyList<WindowRange> ranges, int specialPieces, bool truncated)
    {
        Document = document;
        PieceIds = pieceIds;
        Words = words;
        Truncated = truncated;
        WordLabels = new int[words.Count];
        WordScores = new float[words.Count];
        _windows = new TokenWindow[ranges.Count];
        for (var i = 0; i < _windows.Length; i++)
            _windows[i] = new TokenWindow(this, ranges[i], specialPieces);
    }

    public Document Document { get; }

    /// <summary>Ids of all pieces, special ones not included.</summary>
    public int[] PieceIds { get; }

    /// <summary>What gets a label: the words, or each piece where the rules say so.</summary>
    public WordColumns Words { get; }

    /// <summary>How labels are read off the model's answer.</summary>
    public DecodingRules Rules { get; init; } = DecodingRules.Default;

    /// <summary>The text's sentences; empty when nobody asked for them.</summary>
    public ImmutableArray<TextSpan> Sentences { get; init; } = [];

    public ReadOnlySpan<TokenWindow> Windows => _windows;

    public bool Truncated { get; }

    /// <summary>Shared by all documents of one question; put in before the windows are queued.</summary>
    public AbandonFlag Abandoned { get; set; } = new();

    /// <summary>Tokens of the texts that were asked for before this one in the same request; 0 in the stream.</summary>
    public long TokensBefore { get; set; }

    /// <summary>
    /// True when nobody waits for this document any more, or it has failed: windows of it that are not yet in a batch never enter one. Any
    /// thread.
    /// </summary>
    public bool IsAbandoned => _hasFailed || Abandoned.IsSet;

    public void Abandon() => Abandoned.Set();

    /// <summary>Says that it gets no labels whatever becomes of its other windows. Any thread.</summary>
    public void Fail() => _hasFailed = true;

    /// <summary>
    /// The model's logits of each word, row-major; null where each word's label is chosen by itself. Valid once every window was scored.
    /// </summary>
    public float[]? Emissions => _emissions;

    /// <summary>Index into the model's labels for each word; valid once every window was scored.</summary>
    public int[] WordLabels { get; }

    /// <summary>Probability of each word's label, 0..1; valid once every window was scored.</summary>
    public float[] WordScores { get; }

    /// <summary>Room for the logits of all words; one for all windows. Any thread.</summary>
    /// <param name="labels">Number of labels.</param>
    /// <remarks>At most <see cref="DecodingRules.MostLogits"/>; a document that has more is refused when it is cut.</remarks>
    public float[] EmissionsFor(int labels)
    {
        if (Volatile.Read(ref _emissions) is { } made)
            return made;

        // Large for a long text: no lane makes one in vain.
        lock (_windows)
        {
            if (_emissions is null)
                Volatile.Write(ref _emissions, new float[checked(Words.Count * labels)]);
            return _emissions!;
        }
    }
}

/// <summary>Says to everybody who works on a question, at once, that nobody waits for its answer any more. Any thread.</summary>
internal sealed class AbandonFlag
{
    private volatile bool _isSet;

    public bool IsSet => _isSet;

    public void Set() => _isSet = true;
}
