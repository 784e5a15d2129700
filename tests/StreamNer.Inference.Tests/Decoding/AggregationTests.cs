using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Decoding;

/// <summary>
/// Worked by hand from the definition of the reference pipeline. Pieces are two letters; a row of probabilities stands for each.
/// </summary>
public class AggregationTests
{
    private static readonly string[] Labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

    // "Lo|nd|on": the first piece says B-LOC, the second is surest of B-PER, the third and the mean say I-LOC.
    private static readonly double[][] London =
    [
        [0.10, 0.20, 0.10, 0.50, 0.10],
        [0.02, 0.60, 0.02, 0.06, 0.30],
        [0.03, 0.05, 0.05, 0.35, 0.52],
    ];

    [Fact]
    public void First_takes_the_label_of_the_words_first_piece() =>
        Assert.Equal("London/LOC/0.5000", Label("London", Aggregation.First, London));

    [Fact]
    public void Max_takes_the_label_of_the_surest_piece() =>
        Assert.Equal("London/PER/0.6000", Label("London", Aggregation.Max, London));

    [Fact]
    public void Average_takes_the_label_of_the_highest_mean() =>
        // I-LOC: (0.10 + 0.30 + 0.52) / 3; B-LOC has 0.3033, B-PER 0.2833
        Assert.Equal("London/LOC/0.3067", Label("London", Aggregation.Average, London));

    [Fact]
    public void Simple_groups_pieces_and_may_cut_a_word() =>
        Assert.Equal("Lo/LOC/0.5000, nd/PER/0.6000, on/LOC/0.5200", Label("London", Aggregation.Simple, London));

    [Fact]
    public void None_gives_each_piece_with_its_full_label() =>
        Assert.Equal("Lo/B-LOC/0.5000, nd/B-PER/0.6000, on/I-LOC/0.5200", Label("London", Aggregation.None, London));

    [Fact]
    public void Scheme_is_the_first_piece_too() =>
        Assert.Equal("London/LOC/0.5000", Label("London", Aggregation.Scheme, London));

    [Fact]
    public void The_first_of_equally_sure_pieces_decides_for_max() =>
        Assert.Equal("abcd/PER/0.6000", Label("abcd", Aggregation.Max, [[0.4, 0.6, 0, 0, 0], [0.4, 0, 0, 0.6, 0]]));

    [Theory]
    [InlineData(Aggregation.Scheme)]
    [InlineData(Aggregation.Simple)]
    [InlineData(Aggregation.First)]
    [InlineData(Aggregation.Average)]
    [InlineData(Aggregation.Max)]
    public void An_outside_word_between_separates_entities(Aggregation aggregation) =>
        Assert.Equal(
            "aa bb/PER/0.8000, dd/PER/0.7000", Label("aa bb cc dd", aggregation, Sure(1, 0.9), Sure(2, 0.7), Sure(0, 0.9), Sure(2, 0.7)));

    [Fact]
    public void A_begin_label_always_begins() =>
        Assert.Equal("aa/PER/0.9000, bb/PER/0.9000", Label("aa bb", Aggregation.Simple, Sure(1, 0.9), Sure(1, 0.9)));

    [Fact]
    public void The_score_of_a_group_is_the_mean_of_its_pieces() =>
        Assert.Equal("aabb cc/LOC/0.8000", Label("aabb cc", Aggregation.Simple, Sure(3, 0.9), Sure(4, 0.8), Sure(4, 0.7)));

    [Fact]
    public void Ignored_labels_are_not_reported() =>
        Assert.Equal("bb/LOC/0.9000", Label(Labels, ["O", "PER"], "aa bb", Aggregation.Simple, [Sure(1, 0.9), Sure(3, 0.9)]));

    [Fact]
    public void None_ignores_by_the_full_label() =>
        Assert.Equal("bb/I-PER/0.9000", Label(Labels, ["O", "B-PER"], "aa bb", Aggregation.None, [Sure(1, 0.9), Sure(2, 0.9)]));

    [Fact]
    public void Outside_is_a_group_like_any_other_when_nothing_ignores_it() =>
        Assert.Equal("aa bb/O/0.9000, cc/LOC/0.9000",
            Label(Labels, ["-"], "aa bb cc", Aggregation.First, [Sure(0, 0.9), Sure(0, 0.9), Sure(3, 0.9)]));

    [Fact]
    public void The_scheme_honours_ignored_labels_and_keeps_the_tokens()
    {
        var outcome = Decode(Labels, ["PER"], "aa bb", Aggregation.Scheme, [Sure(1, 0.9), Sure(3, 0.9)]);
        Assert.Equal("LOC", Assert.Single(outcome.Entities).Label);
        Assert.Equal(["B-PER", "B-LOC"], outcome.Tokens.Select(token => token.Label));
    }

    [Fact]
    public void A_prefix_that_the_reference_does_not_know_is_part_of_the_type() =>
        Assert.Equal("aa/PER/0.9000, bb/PER/0.9000",
            Label(["O", "B-PER", "E-PER"], ["O"], "aa bb", Aggregation.Simple, [[0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]));

    [Fact]
    public void A_group_is_called_by_what_follows_its_labels_last_hyphen() =>
        Assert.Equal("aa bb/name/0.9000",
            Label(["O", "B-first-name", "I-first-name"], ["O"], "aa bb", Aggregation.First, [[0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]));

    [Fact]
    public void Labels_without_prefix_go_on_with_a_neighbour_of_the_same_label() =>
        Assert.Equal("aa bb/NOUN/0.9000, cc/VERB/0.9000",
            Label(["NOUN", "VERB"], ["O"], "aa bb cc", Aggregation.Simple, [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]));

    [Fact]
    public void A_row_without_numbers_is_left_out_of_the_average() =>
        Assert.Equal("abcd/LOC/0.9000",
            Label("abcd", Aggregation.Average, [double.NaN, double.NaN, double.NaN, double.NaN, double.NaN], Sure(3, 0.9)));

    [Theory]
    [InlineData(Aggregation.None)]
    [InlineData(Aggregation.Simple)]
    [InlineData(Aggregation.Average)]
    [InlineData(Aggregation.Max)]
    public void Through_many_windows_the_labels_are_those_of_one(Aggregation aggregation)
    {
        var text = string.Join(' ', Enumerable.Repeat("London", 40));
        var rows = Enumerable.Repeat(London, 40).SelectMany(rows => rows).ToArray();
        Assert.Equal(
            Write(text, Decode(Labels, [], text, aggregation, rows).Entities),
            Write(text, Decode(Labels, [], text, aggregation, rows, modelPieces: 17).Entities));
    }

    [Fact]
    public void A_word_longer_than_a_window_is_judged_by_what_its_window_sees() =>
        Assert.Equal(
            new TextSpan(0, 60),
            Assert.Single(Decode(Labels, [], new string('x', 60), Aggregation.Average, [.. Enumerable.Repeat(Sure(3, 0.9), 30)],
            modelPieces: 12).Entities).Span);

    private static double[] Sure(int label, double probability)
    {
        var row = Enumerable.Repeat((1 - probability) / (Labels.Length - 1), Labels.Length).ToArray();
        row[label] = probability;
        return row;
    }

    private static string Label(string text, Aggregation aggregation, params double[][] rows) => Label(Labels, [], text, aggregation, rows);

    private static string Label(string[] labels, string[] ignored, string text, Aggregation aggregation, double[][] rows) =>
        Write(text, Decode(labels, ignored, text, aggregation, rows).Entities);

    private static string Write(string text, IEnumerable<Entity> entities) =>
        string.Join(", ", entities.Select(entity =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{entity.Span.In(text)}/{entity.Label}/{entity.Score:F4}")));

    /// <summary>Scores a text of two-letter pieces with one row of probabilities for each, window by window, as a lane would.</summary>
    private static DocumentOutcome.Labelled Decode(string[] labels, string[] ignored, string text, Aggregation aggregation,
        double[][] rows, int modelPieces = 512)
    {
        var tokenizer = new WordTokenizer(lettersPerPiece: 2);
        var document = new DocumentTokenizer(tokenizer, modelPieces, new WindowOptions { OverlapPieces = 4 },
            new WordOptions { Aggregation = aggregation, IgnoreLabels = ignored })
            .Tokenize(new Document(new DocumentId("d"), text), out _)!;
        foreach (var window in document.Windows)
        {
            var logits = new float[1, window.Length, labels.Length];
            for (var piece = 0; piece < window.Range.PieceCount; piece++)
            {
                for (var label = 0; label < labels.Length; label++)
                    logits[0, piece + 1, label] = (float)Math.Log(rows[window.Range.FirstPiece + piece][label]);
            }

            WordScorer.Score(new TokenBatch([window]), PieceScores.FromArray(logits), tokenizer.Special);
        }

        return (DocumentOutcome.Labelled)new EntityDecoder(LabelScheme.Recognise([.. labels])).Decode(document);
    }
}
