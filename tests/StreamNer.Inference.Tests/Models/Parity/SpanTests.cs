using System.Collections.Immutable;
using System.Globalization;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Models.Parity;

/// <summary>What holds for the spans of every family, whatever the text and the aggregation.</summary>
public sealed class SpanTests(OpenParityModels models) : IClassFixture<OpenParityModels>
{
    // One family of each kind of tokenizer: WordPiece, byte-level BPE with and without the blank in front, unigram, BPE over characters.
    public static TheoryData<string, Aggregation, WordSource> Cases =>
        [.. new[] { "electra", "roberta", "longformer", "xlm-roberta", "xlnet", "unknown-type" }.SelectMany(
            _ => Enum.GetValues<Aggregation>(), (name, aggregation) =>
                new TheoryDataRow<string, Aggregation, WordSource>(name, aggregation, WordSource.Pretokenizer)),
            new("electra", Aggregation.Average, WordSource.Tokens), new("roberta", Aggregation.First, WordSource.Tokens),
                new("xlnet", Aggregation.Max, WordSource.Tokens)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Whatever_the_unicode_spans_lie_inside_the_text_and_entities_end_where_tokens_do(string name, Aggregation aggregation,
        WordSource source)
    {
        using var pipeline = TokenClassificationPipeline.Load(
            models.Open(ParityModel.Of(name)), windows: new WindowOptions { MaxPieces = 16, OverlapPieces = 4 },
            words: new WordOptions { Aggregation = aggregation, Source = source, IgnoreLabels = ["-"] });
        CsCheck.Check.Sample(AnyText.Generator, text =>
        {
            var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text));
            var tokens = labelled.Tokens;
            Assert.All(tokens, token => Assert.InRange(token.Span.End, token.Span.Start, text.Length));
            if (name is "electra" or "roberta")
                AssertOrderedAndWhole(text, tokens);

            // Every entity begins with a token and ends with one.
            var (starts, ends) = (tokens.Select(token => token.Span.Start).ToHashSet(), tokens.Select(token => token.Span.End).ToHashSet());
            Assert.All(labelled.Entities, entity => Assert.True(starts.Contains(entity.Span.Start)
                && (ends.Contains(entity.Span.End) || entity.Span.Length == 0), $"{entity.Span}"));
        }, iter: RandomCases.Times(200), threads: 1);
    }

    /// <summary>
    /// Of families with a blank put in front or a character map this does not hold: the reference's spans, which are followed, may step
    /// back by a unit.
    /// </summary>
    private static void AssertOrderedAndWhole(string text, ImmutableArray<LabelledToken> tokens)
    {
        // A carriage return stays apart from its line feed.
        var borders = StringInfo.ParseCombiningCharacters(text).Append(text.Length).ToHashSet();
        for (var i = 1; i < text.Length; i++)
        {
            // A mark that stands on a blank is one cluster with it, and a sign that is written before what it belongs to, but a blank is no
            // part of a word.
            if (text[i - 1] == '\r' && text[i] == '\n' || char.IsWhiteSpace(text[i - 1]) || char.IsWhiteSpace(text[i]))
                borders.Add(i);
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            var (span, before, behind) =
                (tokens[i].Span, i == 0 ? 0 : tokens[i - 1].Span.End, i + 1 < tokens.Length ? tokens[i + 1].Span.Start : text.Length);
            Assert.InRange(span.Start, i == 0 ? 0 : tokens[i - 1].Span.Start, text.Length);
            Assert.True(span.Length == 0 || borders.Contains(span.Start) || span.Start <= before, $"{span} begins inside of a grapheme");
            Assert.True(span.Length == 0 || borders.Contains(span.End) || span.End >= behind, $"{span} ends inside of a grapheme");
        }
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("longformer")]
    public void A_text_that_ends_in_blanks_of_its_own_piece_is_labelled(string name)
    {
        using var pipeline = TokenClassificationPipeline.Load(models.Open(ParityModel.Of(name)));
        Assert.All(["John \u00A0", "John\u0085", "\u3000\u3000", "a \u0085 \u0085"], text =>
            Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text)));
    }
}
