using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Tests.Models;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Decoding;

public class LabelTransitionsTests
{
    private static readonly ImmutableArray<string> Bio = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

    private static readonly Gen<double> Score = Gen.Double[-5, 5];

    private static readonly double[] Costs = [0, 0, 1, -2, LabelTransitions.Forbidden];

    [Fact]
    public void The_sequence_found_is_the_best_of_all() =>
        Gen.Int[1, 4].SelectMany(labels => Gen.Select(
            Gen.Const(labels), Score.Array[labels], Score.Array[labels], Score.Array[labels * labels],
                Gen.Int[0, 5].SelectMany(words => Score.Array[words * labels])))
            .Sample((labels, start, end, scores, emissions) =>
            {
                float[] given = [.. emissions.Select(score => (float)score)];
                var words = given.Length / labels;
                var best = new int[words];
                LabelTransitions.Create(start, end, (from, to) => scores[(from * labels) + to]).FindBest(given, best);
                Assert.Equal(Sequences(labels, words).Max(Sum), Sum(best), 1e-9);

                double Sum(int[] sequence)
                {
                    var sum = words == 0 ? 0 : start[sequence[0]] + end[sequence[^1]];
                    for (var word = 0; word < words; word++)
                    {
                        sum += given[(word * labels) + sequence[word]]
                            + (word == 0 ? 0 : scores[(sequence[word - 1] * labels) + sequence[word]]);
                    }

                    return sum;
                }
            });

    /// <summary>Whole numbers, of which many sums are equal.</summary>
    [Fact]
    public void Of_equal_sequences_the_one_with_the_lower_labels_at_the_end_is_found() =>
        Gen.Int[1, 6].SelectMany(labels => Gen.Select(
            Gen.Const(labels), Gen.Int[0, 4].Select(number => Costs[number]).Array[labels * (labels + 2)],
                Gen.Int[1, 8].SelectMany(words => Gen.Int[0, 3].Array[words * labels])))
            .Sample((labels, scores, emissions) =>
            {
                var transitions = LabelTransitions.Create(
                    scores[..labels], scores[labels..(2 * labels)], (from, to) => scores[((from + 2) * labels) + to]);
                var best = new int[emissions.Length / labels];
                transitions.FindBest([.. emissions.Select(score => (float)score)], best);
                Assert.Equal(Plain(), best);

                int[] Plain()
                {
                    double[] sums = [.. Enumerable.Range(0, labels).Select(label => scores[label] + emissions[label])];
                    List<int[]> before = [];
                    foreach (var own in emissions.Chunk(labels).Skip(1))
                    {
                        int[] from = [.. Enumerable.Range(0, labels).Select(to => Highest(from => Reached(from, to)))];
                        sums = [.. from.Select((label, to) => Reached(label, to) + own[to])];
                        before.Add(from);
                    }

                    var last = Highest(label => sums[label] + scores[labels + label]);
                    List<int> sequence = [last];
                    foreach (var from in Enumerable.Reverse(before))
                        sequence.Insert(0, last = from[last]);
                    return [.. sequence];

                    double Reached(int from, int to) => sums[from] + scores[((from + 2) * labels) + to];
                }

                int Highest(Func<int, double> score) => Enumerable.Range(0, labels).MaxBy(score);
            });

    [Theory]
    [InlineData("O B-PER I-PER B-LOC I-LOC")]
    [InlineData("O B-PER I-PER E-PER S-PER S-LOC")]
    public void What_a_scheme_does_not_spell_never_comes_out(string scheme)
    {
        var labels = scheme.Split(' ');
        Gen.Float[-20, 20].Array[labels.Length, 12 * labels.Length].Sample(numbers =>
        {
            var words = numbers.Length / labels.Length;
            var best = new int[words];
            LabelTransitions.FromScheme(LabelScheme.Recognise([.. labels])).FindBest(numbers.AsSpan(0, words * labels.Length), best);
            Assert.True(IsSpelled([.. best.Select(label => labels[label])]), string.Join(' ', best.Select(label => labels[label])));
        });
    }

    [Fact]
    public void The_surest_labels_are_kept_where_they_are_the_best_sequence() =>
        Gen.Int[1, 3].SelectMany(labels => Gen.Select(
            Gen.Const(labels), Gen.Int[0, 3].Select(number => new[] { 0, 0, -3.0, 1 }[number]).Array[labels * (labels + 2)],
                Gen.Int[0, 5].SelectMany(words => Score.Array[words * labels])))
            .Sample((labels, scores, emissions) =>
            {
                float[] given = [.. emissions.Select(score => (float)score)];
                var transitions = LabelTransitions.Create(
                    scores[..labels], scores[labels..(2 * labels)], (from, to) => scores[((from + 2) * labels) + to]);
                int[] surest = [.. given.Chunk(labels).Select(word => Array.IndexOf(word, word.Max()))];
                var best = new int[surest.Length];
                transitions.FindBest(given, best);
                if (transitions.Allow(surest))
                    Assert.Equal(best, surest);
                else if (scores.All(score => score == 0))
                    Assert.Fail("scores that say nothing keep every sequence");
            });

    [Fact]
    public void What_the_scheme_does_not_spell_is_not_kept()
    {
        var transitions = LabelTransitions.FromScheme(LabelScheme.Recognise(Bio));
        Assert.True(transitions.Allow([0, 1, 2, 0]));
        Assert.False(transitions.Allow([0, 2, 0]));
        Assert.False(transitions.Allow([2]));
    }

    [Fact]
    public void A_sequence_that_is_spelled_stays_what_it_is()
    {
        var scheme = LabelScheme.Recognise(Bio);
        int[] labels = [1, 2, 2, 0, 3, 1, 0, 3, 4];
        var emissions = new float[labels.Length * Bio.Length];
        for (var word = 0; word < labels.Length; word++)
            emissions[(word * Bio.Length) + labels[word]] = 4;
        var best = new int[labels.Length];
        LabelTransitions.FromScheme(scheme).FindBest(emissions, best);
        Assert.Equal(labels, best);
    }

    [Fact]
    public void Labels_without_a_beginning_may_begin_anywhere()
    {
        var best = new int[2];
        LabelTransitions.FromScheme(LabelScheme.Recognise(["O", "I-PER"])).FindBest([3, 0, 0, 3], best);
        Assert.Equal([0, 1], best);
    }

    [Fact]
    public void A_model_is_decoded_by_its_scheme_or_by_what_was_learned_with_it()
    {
        using var model = new LookupModel("bert-cased", [.. Bio], ("London", "I-LOC"), ("Paris", "B-LOC"));
        Assert.Equal("LOC 0..6", model.Entities("London"));
        Assert.Equal("", model.Entities("London", new WordOptions { Decoding = LabelDecoding.Constrained }));
        Assert.Equal("LOC 0..12", model.Entities("Paris London", new WordOptions { Decoding = LabelDecoding.Constrained }));

        // From the outside label to I-LOC costs nothing, from B-LOC more than the word is worth.
        var transitions = new double[5][];
        for (var from = 0; from < transitions.Length; from++)
            transitions[from] = [0, 0, 0, 0, from == 3 ? -50 : 0];
        File.WriteAllText(
            Path.Combine(model.Folder, "crf.json"),
                JsonSerializer.Serialize(new { start = new double[5], end = new double[5], transitions }));
        Assert.Equal("LOC 3..9", model.Entities("in London", new WordOptions { Decoding = LabelDecoding.Crf }));
        Assert.Equal("LOC 0..5", model.Entities("Paris London", new WordOptions { Decoding = LabelDecoding.Crf }));
        Assert.Equal("LOC 0..5", model.Entities("Paris London"));
        Assert.Equal("LOC 0..12", model.Entities("Paris London", new WordOptions { Decoding = LabelDecoding.Argmax }));
    }

    [Fact]
    public void Transitions_are_left_out_where_the_reference_pipeline_reads_the_labels()
    {
        using var model = new LookupModel("bert-cased", [.. Bio], ("London", "I-LOC"));
        double[] free = new double[5], start = [0, 0, -50, 0, -50];
        File.WriteAllText(
            Path.Combine(model.Folder, "crf.json"),
            JsonSerializer.Serialize(new { start, end = free, transitions = new[] { free, free, free, free, free } }));
        Assert.Equal("", model.Entities("London"));
        Assert.Equal("LOC 0..6", model.Entities("London", new WordOptions { Aggregation = Aggregation.First }));
    }

    [Fact]
    public void Where_all_sequences_are_forbidden_as_far_as_numbers_reach_the_surest_labels_come_out()
    {
        using var model = new LookupModel("bert-cased", [.. Bio], ("London", "I-LOC"), ("Paris", "B-LOC"));
        double[] free = new double[5], never = [.. Enumerable.Repeat(double.MinValue, 5)];
        File.WriteAllText(
            Path.Combine(model.Folder, "crf.json"),
            JsonSerializer.Serialize(new { start = free, end = never, transitions = new[] { never, never, never, never, never } }));
        Assert.Equal("LOC 0..12", model.Entities("Paris London"));
    }

    [Fact]
    public void The_score_of_a_word_is_the_probability_of_the_label_it_gets()
    {
        using var model = new LookupModel("bert-cased", [.. Bio], ("London", "I-LOC"));
        using var pipeline = model.Load(new WordOptions { Decoding = LabelDecoding.Constrained });
        var token = Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label("London")).Tokens);
        Assert.NotEqual("I-LOC", token.Label);
        Assert.Equal(1 / (4 + Math.Exp(8)), token.Score, 1e-6);
    }

    [Fact]
    public void A_long_text_is_one_sequence_whatever_its_windows()
    {
        using var model = new LookupModel("bert-cased", [.. Bio], ("Paris", "B-LOC"), ("London", "I-LOC"));
        var text = "Paris " + string.Join(' ', Enumerable.Repeat("London", 300));
        Assert.Equal($"LOC 0..{text.Length}", model.Entities(text, new WordOptions { Decoding = LabelDecoding.Constrained }));
    }

    [Fact]
    public void Learned_transitions_that_are_not_there_are_asked_for_by_name()
    {
        using var model = new LookupModel("bert-cased", [.. Bio]);
        var problem =
            Assert.Single(Assert.Throws<ModelLoadException>(() => model.Load(new WordOptions { Decoding = LabelDecoding.Crf })).Problems);
        Assert.Contains("crf.json", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "start is missing", "end is missing", "transitions must be 5 rows")]
    [InlineData("""{"start": [0], "end": [0, 0, 0, 0, 0], "transitions": []}""", "start has 1 scores", "transitions must be 5 rows")]
    [InlineData("""{"start": [0, 0, 0, 0, "a"], "end": [0, 0, 0, 0, 0], "transitions": 1}""",
        "start[4] is String", "transitions must be 5 rows")]
    [InlineData("[", "is not valid JSON")]
    [InlineData("""{"\ud800transitions": 0}""", "holds half a surrogate pair")]
    public void What_is_wrong_with_learned_transitions_is_said(string json, params string[] problems)
    {
        using var model = new LookupModel("bert-cased", [.. Bio]);
        File.WriteAllText(Path.Combine(model.Folder, "crf.json"), json);
        var said = Assert.Throws<ModelLoadException>(() => model.Load()).Problems;
        Assert.Equal(problems.Length, said.Count);
        Assert.All(problems, problem => Assert.Contains(said, line => line.Contains(problem, StringComparison.Ordinal)));
    }

    private static IEnumerable<int[]> Sequences(int labels, int words)
    {
        var count = (int)Math.Pow(labels, words);
        for (var number = 0; number < count; number++)
        {
            var sequence = new int[words];
            for (int word = 0, rest = number; word < words; word++, rest /= labels)
                sequence[word] = rest % labels;
            yield return sequence;
        }
    }

    private static bool IsSpelled(string[] labels)
    {
        var open = "";
        var closes = labels.Any(label => label[0] is 'E' or 'S');
        foreach (var label in labels)
        {
            if (label[0] is 'I' or 'E' ? label[2..] != open : closes && open.Length > 0)
                return false;
            open = label[0] is 'B' or 'I' ? label[2..] : "";
        }

        return !closes || open.Length == 0 || labels[^1][0] is not ('B' or 'I');
    }
}
