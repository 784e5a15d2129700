using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Decoding;

/// <summary>Reads a scored document: labels become tokens, runs of labels become entities. Any thread.</summary>
/// <remarks>
/// <para>The rule by which broken sequences of the label scheme are repaired, the same as of CoNLL's evaluation:</para>
/// <list type="bullet">
/// <item>an inside or end label goes on with the entity before it when that one has the same type and has not ended;</item>
/// <item>otherwise it starts a new entity, as if it were a begin label;</item>
/// <item>a begin or single label always starts a new entity; after an end or single label nothing goes on;</item>
/// <item>an outside label ends the entity before it.</item>
/// </list>
/// <para>
/// So no labelled token is ever dropped, and a token belongs to at most one entity. Other aggregations use the same rule over what the
/// reference pipeline makes of the labels: <c>B-</c> begins, all else is inside, <c>O</c> is a type like any other and then ignored.
/// </para>
/// </remarks>
internal sealed class EntityDecoder(LabelScheme scheme)
{
    private static readonly DocumentOutcome.Labelled NothingTagged = DocumentOutcome.Labelled.Nothing with { IsTagger = true };

    /// <summary>What becomes of a document without words, which no lane ever sees.</summary>
    public DocumentOutcome.Labelled Nothing(TokenizedDocument document)
    {
        var nothing = scheme.IsTaggerFor(document.Rules.Aggregation) ? NothingTagged : DocumentOutcome.Labelled.Nothing;
        if (document.Rules.LabelsPieces || document.Document.Words.GetValueOrDefault([]) is not { IsEmpty: false } given)
            return nothing;

        // Whoever gives words gets a label for each, also where none of them has a piece.
        var tokens = ImmutableArray.CreateBuilder<LabelledToken>(given.Length);
        PassUnseen(given.AsSpan(), until: null, tokens);
        return nothing with { Tokens = tokens.MoveToImmutable() };
    }

    /// <summary>
    /// Reads a document of which every window was scored; it fails when the best sequence of its labels takes too long to find.
    /// </summary>
    public DocumentOutcome Decode(TokenizedDocument document)
    {
        if (document.Emissions is { } emissions && !ChooseSequence(document, emissions))
        {
            return new DocumentOutcome.Failed(FailureStage.Tokenize, FailureCode.TextTooLong,
                $"the text has {document.Words.Count} words; to weigh sequences of {scheme.Labels.Length} labels takes more than "
                    + $"{LabelTransitions.MostSteps} steps by these transitions; {WordOptions.Section}:Decoding = Argmax takes each word's "
                    + "surest label");
        }

        var words = document.Words;
        var given = document.Rules.LabelsPieces ? [] : document.Document.Words.GetValueOrDefault([]).AsSpan();
        var tokens = ImmutableArray.CreateBuilder<LabelledToken>(Math.Max(words.Count, given.Length));
        var entities = ImmutableArray.CreateBuilder<Entity>();
        var meanings = scheme.MeaningsFor(document.Rules.Aggregation);
        var ignored = document.Rules.Ignored;
        var isScheme = document.Rules.Aggregation == Aggregation.Scheme;
        var open = default(OpenEntity);
        for (var word = 0; word < words.Count; word++)
        {
            var label = document.WordLabels[word];
            var score = document.WordScores[word];
            var span = words.Span(word);
            given = PassUnseen(given, until: span, tokens);
            tokens.Add(new LabelledToken(span, scheme.Labels[label], score));

            var meaning = meanings[label];
            var goesOn = open.IsOpen
                && meaning.Part is EntityPart.Inside or EntityPart.End
                && string.Equals(open.Type, meaning.Type, StringComparison.Ordinal);
            if (!goesOn)
            {
                open.CloseInto(entities, ignored);
                open = meaning.Part == EntityPart.None
                    ? default
                    : new OpenEntity(meaning, isScheme ? scheme.Labels[label] : meaning.Name, span.Start);
            }

            if (meaning.Part != EntityPart.None)
                open.Add(span.End, score);
            if (meaning.Part is EntityPart.End or EntityPart.Single)
            {
                open.CloseInto(entities, ignored);
                open = default;
            }
        }

        open.CloseInto(entities, ignored);
        PassUnseen(given, until: null, tokens);
        return new DocumentOutcome.Labelled(
            entities.DrainToImmutable(), tokens.MoveToImmutable(), document.Windows.Length, document.Truncated)
        {
            Sentences = document.Sentences,
            IsTagger = scheme.IsTaggerFor(document.Rules.Aggregation),
        };
    }

    /// <summary>
    /// Takes the labels of the best sequence in place of each word's own; a word's score is the probability of the label it gets.
    /// </summary>
    /// <returns>False when that would take too long; then no label is taken.</returns>
    private bool ChooseSequence(TokenizedDocument document, float[] emissions)
    {
        var labels = scheme.Labels.Length;
        var transitions = document.Rules.Decoding == LabelDecoding.Crf ? scheme.Learned : scheme.Spelling;
        if (transitions is null)
            throw new InvalidOperationException($"there are no learned transitions, which {LabelDecoding.Crf} needs");
        if (transitions.Allow(document.WordLabels))
            return true;

        // Most words keep their label, and what is known of it where it is that of the first piece.
        var isOfFirstPiece = document.Rules.Aggregation is not (Aggregation.Max or Aggregation.Average);
        int[] surest = isOfFirstPiece ? [.. document.WordLabels] : [];
        if (!transitions.FindBest(emissions.AsSpan(0, document.Words.Count * labels), document.WordLabels))
            return false;
        for (var word = 0; word < document.Words.Count; word++)
        {
            var label = document.WordLabels[word];
            if (!isOfFirstPiece || label != surest[word])
                document.WordScores[word] = Softmax.Probability(emissions.AsSpan(word * labels, labels), label);
        }

        return true;
    }

    /// <summary>
    /// Adds a token for each given word before <paramref name="until"/>: the model didn't see these, as no piece was made of them.
    /// </summary>
    /// <returns>The given words behind it.</returns>
    private ReadOnlySpan<TextSpan> PassUnseen(ReadOnlySpan<TextSpan> given, TextSpan? until, ImmutableArray<LabelledToken>.Builder tokens)
    {
        var at = 0;
        for (; at < given.Length && given[at] != until; at++)
            tokens.Add(new LabelledToken(given[at], scheme.Unseen, Score: 0));
        return at < given.Length ? given[(at + 1)..] : [];
    }

    private struct OpenEntity(LabelMeaning meaning, string firstLabel, int start)
    {
        private readonly int _start = start;
        private int _end;
        private int _words;
        private double _scores;

        public readonly bool IsOpen => _words > 0;

        public readonly string Type => meaning.Type;

        public void Add(int end, float score)
        {
            _end = end;
            _words++;
            _scores += score;
        }

        public readonly void CloseInto(ImmutableArray<Entity>.Builder entities, ImmutableHashSet<string> ignored)
        {
            if (_words > 0 && !ignored.Contains(meaning.Name) && !ignored.Contains(firstLabel))
                entities.Add(new Entity(new TextSpan(_start, Math.Max(_start, _end)), meaning.Name, (float)(_scores / _words)));
        }
    }
}
