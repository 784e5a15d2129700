using CsCheck;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Tests.Models;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests;

/// <summary>The library with the model that the product ships.</summary>
public sealed class TokenClassificationPipelineTests(DefaultPipeline shared) : IClassFixture<DefaultPipeline>
{
    private readonly ModelFolder _folder = shared.Folder;
    private readonly TokenClassificationPipeline _pipeline = shared.Pipeline;

    [Fact]
    public void People_and_places_of_an_everyday_sentence_are_found()
    {
        const string text = "John Lenon was born in London and lived in Paris. My name is Sarah and I live in London";
        Assert.Equal(
            ["PER John Lenon", "LOC London", "LOC Paris", "PER Sarah", "LOC London"],
            Label(text).Entities.Select(entity => $"{entity.Label} {entity.Span.In(text)}"));
    }

    [Fact]
    public void A_span_cuts_its_entity_out_of_the_text()
    {
        const string text = "Yesterday\tJohn Lenon\r\nwas in London.";
        Assert.Contains("John Lenon", Label(text).Entities.Select(entity => entity.Span.In(text).ToString()));
    }

    [Fact]
    public void A_batched_result_equals_the_single_result()
    {
        var texts = File.ReadLines(Repository.File("models", "en-ner-small", "README.md"))
            .Concat(["John Lenon was born in London", "x", "My name is Sarah and I live in London and I work for Microsoft in Seattle"])
                .ToArray();
        using var unpadded = TokenClassificationPipeline.Load(_folder, batching: new BatchingOptions { MaxWindows = 1 });
        using var padded =
            TokenClassificationPipeline.Load(_folder, batching: new BatchingOptions { MaxPaddingShare = 1, MaxPaddedTokens = 8_192 });
        var together = padded.Label([.. texts.Select((text, i) => new Document(new DocumentId($"{i}"), text))]);
        for (var i = 0; i < texts.Length; i++)
        {
            var single = Assert.IsType<DocumentOutcome.Labelled>(unpadded.Label(texts[i]));
            var batched = Assert.IsType<DocumentOutcome.Labelled>(together[i]);
            Assert.Equal(single.Tokens.Select(token => (token.Span, token.Label)),
                batched.Tokens.Select(token => (token.Span, token.Label)));
            Assert.All(single.Tokens.Zip(batched.Tokens), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4f));
        }
    }

    [Fact]
    public void A_document_of_a_megabyte_is_labelled_to_its_end()
    {
        const string sentence = "John Lenon was born in London and lived in Paris. ";
        var text = string.Concat(Enumerable.Repeat(sentence, 1_000_000 / sentence.Length));

        // The windows are as many as those of the shipped model, which would work at them for long.
        using var model = new LookupModel("bert-cased", ["O", "B-LOC"], ("London", "B-LOC"), ("Paris", "B-LOC"));
        using var pipeline = TokenClassificationPipeline.Load(model.Folder);
        var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text));
        Assert.True(labelled.Windows > 400);
        Assert.Equal(11 * (text.Length / sentence.Length), labelled.Tokens.Length);
        Assert.Equal(text.Length - 2, labelled.Tokens[^1].Span.Start);
        Assert.Equal(2 * (text.Length / sentence.Length), labelled.Entities.Length);
    }

    [Fact]
    public void Entities_that_cross_a_window_border_come_out_whole_and_once()
    {
        const string sentence = "I met John Lenon in London. ";
        var text = string.Concat(Enumerable.Repeat(sentence, 200));
        using var narrow = TokenClassificationPipeline.Load(_folder, windows: new WindowOptions { MaxPieces = 32, OverlapPieces = 12 });
        var entities = Assert.IsType<DocumentOutcome.Labelled>(narrow.Label(text)).Entities;
        Assert.Equal(200, entities.Count(entity => entity.Span.In(text) is "John Lenon"));
        Assert.Equal(200, entities.Count(entity => entity.Span.In(text) is "London"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n\u00A0\u3000 ")]
    public void A_text_without_words_has_no_labels(string text) => Assert.Empty(Label(text).Tokens);

    [Fact]
    public void A_text_of_emoji_is_labelled_with_exact_spans()
    {
        const string text = "👩‍👩‍👧 🇩🇪 👍🏽";
        Assert.Equal(["👩‍👩‍👧", "🇩🇪", "👍🏽"], Label(text).Tokens.Select(token => token.Span.In(text).ToString()));
    }

    [Fact]
    public void A_hundred_thousand_characters_without_a_space_are_one_token() =>
        Assert.Equal(new TextSpan(0, 100_000), Assert.Single(Label(new string('x', 100_000)).Tokens).Span);

    [Fact]
    public void Whatever_the_unicode_spans_rise_stay_inside_the_text_and_never_crash() =>
        Gen.String[Gen.OneOf(Gen.Char, Gen.Char.AlphaNumeric, Gen.Const(' '), Gen.Const('\u0301'), Gen.Const('\uD83D')),
            0, 50].Sample(text =>
        {
            var previous = 0;
            foreach (var token in Label(text).Tokens)
            {
                Assert.InRange(token.Span.Start, previous, text.Length);
                Assert.InRange(token.Span.End, token.Span.Start, text.Length);
                previous = token.Span.End;
            }
        }, iter: RandomCases.Times(300), threads: 1);

    private DocumentOutcome.Labelled Label(string text) => Assert.IsType<DocumentOutcome.Labelled>(_pipeline.Label(text));
}
