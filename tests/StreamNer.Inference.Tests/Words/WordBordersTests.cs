using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;
using StreamNer.Inference.Tests.Models;
using StreamNer.Inference.Tests.Tokenization;
using StreamNer.Inference.Tests.Tokenization.Parity;
using StreamNer.Inference.Tokenization;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Words;

/// <summary>Where words and names end, which must not depend on how a tokenizer writes its pieces.</summary>
public sealed class WordBordersTests(WordBordersTests.Models models) : IClassFixture<WordBordersTests.Models>
{
    private static readonly string[] Labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

    private static readonly string[] Candidates =
        ["London", "Paris", "Berlin", "Madrid", "Google", "France", "Europe", "Canada", "Texas", "China", "Apple", "Chicago", "Mary",
            "Peter", "北", "沪"];

    // Blanks of every kind, quotes, brackets, punctuation: whatever may stand between two names.
    private static readonly string[] Between =
        [" ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", " \u2003", "\"", "'", "“", "”", "«", "»", "(", ")", "[", "]", ",", ".",
            ";", ":", "!",
         "?", "-", "–", "/", "…", "、", "。", "？", ", ", " (", ") ", ". ", " \"", "\" ", " - "];

    public static TheoryData<string> Families => [.. ParityFamily.Templates];

    public static TheoryData<string> FolderFamilies => [.. ParityFamily.Folders.Keys];

    [Theory]
    [InlineData("John Smith, of London, went to Paris. \"London\" (London)", "PER 0..10, LOC 15..21, LOC 31..36, LOC 39..45, LOC 48..54")]
    [InlineData("London-Paris London's New York-based", "LOC 0..6, LOC 7..12, LOC 13..19, LOC 22..30")]
    [InlineData("我在北京工作", "LOC 2..4")]
    [InlineData("北京", "LOC 0..2")]
    [InlineData("\u3000北京\n北京", "LOC 1..3, LOC 4..6")]
    public void A_name_ends_at_punctuation_and_where_no_blanks_are_written(string text, string entities)
    {
        Assert.Equal(entities, models.Multilingual.Entities(text));
    }

    [Theory]
    [InlineData("deberta-v3")]
    [InlineData("xlm-roberta-converted")]
    public void A_blank_is_no_part_of_a_name(string family)
    {
        using var model = new LookupModel(family, Labels, ("▁London", "B-LOC"), ("▁New", "B-LOC"), ("▁York", "I-LOC"));
        Assert.Equal("LOC 3..9, LOC 14..22", model.Entities("in London and New York"));
        Assert.Equal("LOC 6..12", model.Entities("Hello\nLondon"));
        Assert.Equal("LOC 6..12", model.Entities("Hello\tLondon"));
    }

    [Fact]
    public void A_rule_that_matches_the_blank_in_front_of_a_name_does_not_touch_the_name()
    {
        using var model = new LookupModel("deberta-v3", Labels, ("▁London", "B-LOC"));
        var rules = RuleLines.Load(new RuleOptions(), """{"label": "IN", "pattern": {"regex": "in\\s"}}""");
        using var ensemble = new TokenClassificationEnsemble([("m", model.Load())], rules);
        var labelled = Assert.IsType<DocumentOutcome.Labelled>(ensemble.Label([new Document(new DocumentId("d"), "in London")])[0]);
        Assert.Equal(["IN 0..2", "LOC 3..9"], labelled.Entities.Select(LookupModel.Shown));
    }

    [Theory]
    [InlineData("a  London", "0..1 3..9")]
    [InlineData("sentence </s> London", "0..8 14..20")]
    [InlineData("London's", "0..6 6..8")]
    [InlineData(" \u00A0 \n", "")]
    [InlineData("\u0891\u00A0London \u0301London", "0..1 2..8 9..10 10..16")]
    public void Neither_blanks_nor_special_pieces_that_somebody_typed_are_tokens(string text, string tokens)
    {
        using var pipeline = models.ByteLevel.Load();
        var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text));
        Assert.Equal(tokens, string.Join(' ', labelled.Tokens.Select(token => $"{token.Span.Start}..{token.Span.End}")));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_names_in_a_mixture_of_names_blanks_and_punctuation_are_found_and_nothing_else(string family)
    {
        var pieces = LookupModel.PiecesOf(family);
        var names = Candidates.Where(name => Forms(family, name, pieces).All(pieces.ContainsKey)).Take(5).ToArray();
        Assert.NotEmpty(names);
        using var model = new LookupModel(
            family, Labels, [.. names.SelectMany(name => Forms(family, name, pieces)).Distinct().Select(form => (form, "B-LOC"))]);
        AssertNamesAreFound(family, names, model);
    }

    /// <summary>Here the tokenizer itself says which names are one piece, both behind a blank and behind a mark.</summary>
    [Theory]
    [MemberData(nameof(FolderFamilies))]
    public void So_are_they_with_the_tokenizers_of_older_folders(string family)
    {
        var encoder = ParityFamily.Tokenizer(family).CreateEncoder();
        var buffer = new PieceBuffer();

        // Their vocabulary is English: of other scripts every character is the piece of what is unknown.
        var names = Candidates.Where(name => char.IsAscii(name[0]))
            .Select(name => (Name: name, Pieces: (int?[])[PieceOf($"a {name}", 2), PieceOf($"({name}", 1)]))
            .Where(name => !name.Pieces.Contains(null)).ToArray();
        Assert.NotEmpty(names);
        using var model = new LookupModel(
            family, Labels, names.SelectMany(name => name.Pieces).Distinct().Select(piece => (piece!.Value, "B-LOC")));
        AssertNamesAreFound(family, [.. names.Select(name => name.Name)], model);

        int? PieceOf(string text, int start)
        {
            encoder.Encode(text, buffer);
            for (var i = 0; i < buffer.Count; i++)
            {
                if (buffer.Ends[i] == text.Length && text[buffer.Starts[i]..].TrimStart().Length == text.Length - start)
                    return buffer.Ids[i];
            }

            return null;
        }
    }

    private static void AssertNamesAreFound(string family, string[] names, LookupModel model)
    {
        using var pipeline = model.Load();
        Gen.Select(Gen.OneOf(Between).Array[1, 3], Gen.OneOf(names)).Array[0, 12].Sample(parts =>
        {
            var text = "";
            List<string> expected = [];
            foreach (var (between, name) in parts)
            {
                text += string.Concat(between);

                // EuroBERT's pieces hold a mark together with the letters behind it, so there names are names only behind a blank.
                text += family == "eurobert" ? " " : "";
                expected.Add($"LOC {text.Length}..{text.Length + name.Length}");
                text += name;
            }

            var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text));
            Assert.Equal(expected, labelled.Entities.Select(LookupModel.Shown));
            AssertWhole(text, labelled);
        }, iter: RandomCases.Times(150), threads: 1);
    }

    [Theory]
    [MemberData(nameof(Families))]
    [MemberData(nameof(FolderFamilies))]
    public void Whatever_the_text_tokens_are_not_empty_do_not_overlap_and_begin_and_end_with_no_blank(string family)
    {
        using var model = new LookupModel(family, Labels, Enumerable.Empty<(int, string)>());
        using var pipeline = model.Load();
        AnyText.Generator.Sample(text =>
            AssertWhole(text, Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text))), iter: RandomCases.Times(150), threads: 1);
    }

    private static void AssertWhole(string text, DocumentOutcome.Labelled labelled)
    {
        var end = 0;
        foreach (var span in labelled.Tokens.Select(token => token.Span))
        {
            Assert.InRange(span.Start, end, text.Length);
            Assert.InRange(span.End, span.Start + 1, text.Length);
            Assert.False(char.IsWhiteSpace(text[span.Start])
                || char.IsWhiteSpace(text[span.End - 1]), $"{span} begins or ends with a blank");
            end = span.End;
        }

        foreach (var span in labelled.Entities.Select(entity => entity.Span))
            Assert.False(span.Length == 0 || char.IsWhiteSpace(text[span.Start]) || char.IsWhiteSpace(text[span.End - 1]), $"{span}");
    }

    /// <summary>How a family writes a name: behind a blank and without one.</summary>
    private static string[] Forms(string family, string name, IReadOnlyDictionary<string, int> pieces) =>
        family is "bert-uncased" or "bert-added" or "mpnet" or "word-level" ? [name.ToLowerInvariant()]
        : pieces.ContainsKey("Ġthe") ? [name, $"Ġ{name}"]
        : pieces.ContainsKey("▁the") || pieces.ContainsKey("▁de") ? [name, $"▁{name}"]
        : [name];

    /// <summary>Models that several tests ask, made once.</summary>
    public sealed class Models : IDisposable
    {
        private readonly Lazy<LookupModel> _multilingual = new(() => new LookupModel(
            "xlm-roberta", Labels, ("▁John", "B-PER"), ("▁Smith", "I-PER"), ("▁London", "B-LOC"), ("London", "B-LOC"), ("▁Paris", "B-LOC"),
            ("Paris", "B-LOC"), ("▁New", "B-LOC"), ("▁York", "I-LOC"), ("北京", "B-LOC")));

        private readonly Lazy<LookupModel> _byteLevel =
            new(() => new LookupModel("roberta", Labels, ("ĠLondon", "B-LOC"), ("London", "B-LOC")));

        internal LookupModel Multilingual => _multilingual.Value;

        internal LookupModel ByteLevel => _byteLevel.Value;

        public void Dispose()
        {
            foreach (var model in (Lazy<LookupModel>[])[_multilingual, _byteLevel])
            {
                if (model.IsValueCreated)
                    model.Value.Dispose();
            }
        }
    }
}
