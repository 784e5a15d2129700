using System.Globalization;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Models.Parity;

/// <summary>Holds labels, scores and entities against what the reference gives for the same texts and models.</summary>
/// <remarks>
/// The reference reads one text at a time; here texts are batched and padded, so that what padding does to a model would show.
/// </remarks>
public sealed class LabelParityTests(OpenParityModels models) : IClassFixture<OpenParityModels>
{
    // 16 and 8 bits of a score are kept; both runtimes round in their own way below that.
    private const double PieceTolerance = 1e-4;
    private const double Tolerance = 0.5 / 255 + PieceTolerance;

    public static TheoryData<string> Models => [.. ParityModel.All.Select(model => model.Name)];

    public static TheoryData<string, Aggregation> Aggregations =>
        [.. ParityModel.All.SelectMany(model => new[] { Aggregation.Simple, Aggregation.First, Aggregation.Average, Aggregation.Max },
            (model, aggregation) => new TheoryDataRow<string, Aggregation>(model.Name, aggregation))];

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_piece_has_the_label_and_score_that_the_reference_gives(string name)
    {
        var model = ParityModel.Of(name);
        var expected = models.Expected(model);
        var outcomes = Label(model, Aggregation.None, ParityModel.Texts.Select((text, i) => new Document(new DocumentId($"{i}"), text)));
        AssertAll(expected.Zip(outcomes, (should, labelled) => Shown(should.Pieces.Zip(labelled.Tokens,
            (piece, token) => piece.Label == token.Label && Math.Abs(piece.Score - token.Score) < PieceTolerance ? null
                : $"{token.Span} {token.Label} {token.Score:F4}, should be {piece.Label} {piece.Score:F4}")
            .Append(should.Pieces.Length == labelled.Tokens.Length ? null
                : $"{labelled.Tokens.Length} pieces, should be {should.Pieces.Length}"))));
    }

    [Theory]
    [MemberData(nameof(Aggregations))]
    public void Every_text_has_the_entities_that_the_reference_gives(string name, Aggregation aggregation)
    {
        var model = ParityModel.Of(name);
        var expected = models.Expected(model);
        var outcomes = Label(model, aggregation, ParityModel.Texts.Select((text, i) => new Document(new DocumentId($"{i}"), text)));
        AssertAll(ParityModel.Texts.Select((text, i) =>
        {
            var should = expected[i].Entities[aggregation];
            var entities = outcomes[i].Entities;
            var borders = StringInfo.ParseCombiningCharacters(text);
            return Shown(should.Zip(entities, (one, entity) => Same(one, entity, borders) ? null : $"{entity}, should be {one}")
                .Append(should.Length == entities.Length ? null : $"{entities.Length} entities, should be {should.Length}"));
        }));
    }

    /// <summary>The default's words are the product's own, so the reference says of them only what it says of their first pieces.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Every_word_has_the_label_and_score_that_the_reference_gives_to_its_first_piece(string name)
    {
        var model = ParityModel.Of(name);
        var tokenizer = models.Open(model).Tokenizer;
        var encoder = tokenizer.CreateEncoder();
        var pieces = new PieceBuffer();
        var expected = models.Expected(model);
        var outcomes = Label(model, Aggregation.Scheme, ParityModel.Texts.Select((text, i) => new Document(new DocumentId($"{i}"), text)));
        AssertAll(ParityModel.Texts.Select((text, i) =>
        {
            encoder.Encode(text, pieces);
            var piece = 0;
            foreach (var token in outcomes[i].Tokens)
            {
                while (tokenizer.IsSilent(pieces.Ids[piece])
                    || EndOfVisible(text, pieces.Starts[piece], pieces.Ends[piece]) <= token.Span.Start)
                {
                    piece++;
                }

                var should = expected[i].Pieces[piece];
                if (should.Label != token.Label || Math.Abs(should.Score - token.Score) >= PieceTolerance)
                    return $"{token.Span} {token.Label} {token.Score:F4}, should be {should.Label} {should.Score:F4}";
            }

            return null;
        }));
    }

    /// <summary>Where the last letter of a piece ends; 0 for one of blanks alone.</summary>
    private static int EndOfVisible(string text, int start, int end)
    {
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        return end == start ? 0 : end;
    }

    /// <summary>Their answers depend on two neighbours at most, so windows that overlap must not be seen in the result.</summary>
    public static TheoryData<string, Aggregation> LongModels =>
        [.. ParityModel.All.Where(model => model.HasLong)
            .Select(model => new TheoryDataRow<string, Aggregation>(model.Name, Aggregation.Average))];

    [Fact]
    public void Only_models_whose_labels_are_classes_of_words_are_taggers() =>
        Assert.Equal(
            ParityModel.All.Where(model => !model.Labels().Any(label => label == "O" || label.Contains('-', StringComparison.Ordinal)))
                .Select(model => model.Name),
            ParityModel.All.Where(model => Label(model, Aggregation.Scheme, [new Document(new DocumentId("d"), "Anna")])[0].IsTagger)
                .Select(model => model.Name));

    [Theory]
    [MemberData(nameof(LongModels))]
    public void A_document_of_300_000_characters_has_the_entities_of_a_model_that_reads_it_whole(string name, Aggregation aggregation)
    {
        var model = ParityModel.Of(name);
        var text = ParityModel.LongDocument;
        var labelled = Assert.Single(Label(model, aggregation, [new Document(new DocumentId("d"), text)], OnTooLong.Windows));
        var should = model.Long()[aggregation];
        var borders = StringInfo.ParseCombiningCharacters(text);
        Assert.True(labelled.Windows > 200, $"{labelled.Windows} windows");
        Assert.Equal([], should.Zip(labelled.Entities).Where(pair => !Same(pair.First, pair.Second, borders)).Take(3));
        Assert.Equal(should.Length, labelled.Entities.Length);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_given_word_has_the_label_that_the_reference_gives_to_split_input(string name)
    {
        var model = ParityModel.Of(name);
        var expected = models.Expected(model);
        var outcomes =
            Label(model, Aggregation.Scheme, ParityModel.Texts.Select(text => Document.OfWords(new DocumentId("d"), text.Split(' '))));
        var outside = new LabelledToken(default, model.Labels().Contains("O") ? "O" : model.Labels()[0], 0);
        AssertAll(expected.Zip(outcomes, (should, labelled) => Shown(should.Words.Zip(labelled.Tokens,
            (word, token) => (word.Label ?? outside.Label) == token.Label && Math.Abs(word.Score - token.Score) < Tolerance ? null
                : $"{token.Span} {token.Label} {token.Score:F4}, should be {word.Label} {word.Score:F4}")
            .Append(should.Words.Length == labelled.Tokens.Length ? null
                : $"{labelled.Tokens.Length} words, should be {should.Words.Length}"))));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_given_word_has_the_pieces_and_spans_that_the_reference_gives(string name)
    {
        var model = ParityModel.Of(name);
        var tokenizer = models.Open(model).Tokenizer;
        var encoder = tokenizer.CreateWordEncoder();
        var expected = models.Expected(model);
        var pieces = new PieceBuffer();
        AssertAll(ParityModel.Texts.Select((text, i) =>
        {
            var hash = 0x811c9dc5u;
            var left = model.Limit - tokenizer.Special.Count;
            var words = text.Split(' ');
            for (var word = 0; word < words.Length; word++)
            {
                encoder.Encode(words[word], pieces);
                for (var p = 0; p < pieces.Count && left > 0; p++, left--)
                    hash = Hashed(Hashed(Hashed(Hashed(hash, pieces.Ids[p]), pieces.Starts[p]), pieces.Ends[p]), word);
            }

            return hash == expected[i].WordPieces ? null : "other pieces";
        }));
    }

    private static uint Hashed(uint hash, int number)
    {
        for (var shift = 0; shift < 32; shift += 8)
            hash = (hash ^ (uint)(number >> shift & 255)) * 0x01000193;
        return hash;
    }

    /// <summary>The same label and score; the same span, but for what belongs to the grapheme clusters at its ends.</summary>
    private static bool Same(ExpectedEntity should, Entity entity, int[] borders) =>
        should.Label == entity.Label
        && Math.Abs(should.Score - entity.Score) < Tolerance
        && entity.Span.Start <= should.Start && !Borders(borders, entity.Span.Start + 1, should.Start)
        && entity.Span.End >= should.End && !Borders(borders, should.End, entity.Span.End - 1);

    private static bool Borders(int[] borders, int first, int last)
    {
        if (first > last)
            return false;
        var at = Array.BinarySearch(borders, first);
        return at >= 0 || ~at < borders.Length && borders[~at] <= last;
    }

    private DocumentOutcome.Labelled[] Label(ParityModel model, Aggregation aggregation, IEnumerable<Document> documents,
        OnTooLong onTooLong = OnTooLong.Truncate)
    {
        using var pipeline = TokenClassificationPipeline.Load(
            models.Open(model), windows: new WindowOptions { OnTooLong = onTooLong }, words: new WordOptions { Aggregation = aggregation });
        return [.. pipeline.Label([.. documents]).Select(outcome => Assert.IsType<DocumentOutcome.Labelled>(outcome))];
    }

    private static string? Shown(IEnumerable<string?> differences) => differences.FirstOrDefault(difference => difference is not null);

    private static void AssertAll(IEnumerable<string?> differences)
    {
        var different = differences.Select((difference, i) => (difference, Text: ParityModel.Texts[i]))
            .Where(text => text.difference is not null).OrderBy(text => text.Text.Length).ToArray();
        Assert.True(different.Length == 0, $"{different.Length} texts differ, the "
            + $"shortest:\n{string.Concat(different.Take(4).Select(text => $"{Escaped(text.Text)}\n  {text.difference}\n"))}");
    }

    private static string Escaped(string text) => string.Concat(text.Take(300).Select(unit =>
        unit is >= ' ' and <= '~' ? unit.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}")));
}
